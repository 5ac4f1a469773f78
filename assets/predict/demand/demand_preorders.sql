-- Units ordered by the end of each origin under activities that still run 1, 2 and 3 days later:
-- orders in hand for coming days, and the uptake of an activity. Orders under an activity that has
-- not begun are pre-orders in the narrow sense.
with activities as (
    select activity_id, max(ends_on) as ends_on
    from promotions
    where activity_id is not null and coalesce(announced_at < $as_of_end, true)
    group by activity_id
),

activity_orders as (
    select
        s.series_no,
        l.day,
        a.ends_on,
        cast(sum(l.sold_e4) as bigint) as units_e4
    from order_lines_as_of as l
    inner join activities as a on l.activity_id = a.activity_id
    inner join panel_series as s on l.warehouse_id = s.warehouse_id and l.sku_id = s.sku_id
    where l.is_goods and l.has_net_units and l.day >= $from_day and l.day <= a.ends_on
    group by s.series_no, l.day, a.ends_on
)

select
    d.series_no,
    o.day,
    cast(sum(d.units_e4) as bigint) as units_1,
    cast(sum(case when d.ends_on >= o.day + 2 then d.units_e4 else 0 end) as bigint) as units_2,
    cast(sum(case when d.ends_on >= o.day + 3 then d.units_e4 else 0 end) as bigint) as units_3
from activity_orders as d
inner join origins as o on d.day <= o.day and d.ends_on > o.day
group by d.series_no, o.day
