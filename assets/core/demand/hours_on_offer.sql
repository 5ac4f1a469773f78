-- Hours on sale per warehouse, SKU and *business* day: 24 letters by clock hour (A on sale, S sold
-- out, N not offered).
--
-- With a cut-off at $cutoff_hour, later hours belong to the next business day: their letters come
-- from the calendar day before. An hour split by the cut-off counts as after it, so that nothing
-- after the cut-off of $as_of is seen. Where the file has no row for a day, the letters come from
-- `exhausted_offers`.
with evenings as (
    select warehouse_id, sku_id, day + 1 as day, substr(hours_status, $cutoff_hour + 1) as letters
    from availability
    where $cutoff_hour < 24 and day between $first_day - 1 and $as_of - 1
),

said as (
    select
        a.warehouse_id,
        a.sku_id,
        a.day,
        substr(a.hours_status, 1, $cutoff_hour)
        || coalesce(e.letters, substr('NNNNNNNNNNNNNNNNNNNNNNNN', $cutoff_hour + 1)) as hours_status
    from availability as a
    left join evenings as e
        on a.warehouse_id = e.warehouse_id and a.sku_id = e.sku_id and a.day = e.day
    where a.day between $first_day and $as_of
)

select warehouse_id, sku_id, day, hours_status from said
union all
select u.warehouse_id, u.sku_id, u.day, u.hours_status
from exhausted_offers as u
left join said as s on u.warehouse_id = s.warehouse_id and u.sku_id = s.sku_id and u.day = s.day
where s.day is null
