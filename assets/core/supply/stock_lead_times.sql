-- Lead times that the stock file shows of SKUs without purchase orders: a batch is in transit from
-- the count after its order on, and on hand from its arrival on. Only batches that appeared between
-- counts of two days in a row; an arrival after a day without a count has no known day.
with batch_counts as (
    select
        warehouse_id,
        sku_id,
        batch_id,
        cast(counted_at as date) as day,
        max(coalesce(in_transit_units, 0)) as in_transit_units
    from stock
    where counted_at < $as_of_end and batch_id is not null
    group by warehouse_id, sku_id, batch_id, cast(counted_at as date)
),

count_days as (
    select distinct warehouse_id, day from batch_counts
),

seen as (
    select
        warehouse_id,
        sku_id,
        batch_id,
        min(case when in_transit_units > 0 then day end) as ordered_on,
        max(case when in_transit_units > 0 then day end) as awaited_on
    from batch_counts
    group by warehouse_id, sku_id, batch_id
),

arrivals as (
    select
        s.warehouse_id,
        s.sku_id,
        s.batch_id,
        min(b.day) as arrived_on
    from seen as s
    inner join batch_counts as b
        on
            s.warehouse_id = b.warehouse_id
            and s.sku_id = b.sku_id
            and s.batch_id = b.batch_id
            and b.day > s.awaited_on
    group by s.warehouse_id, s.sku_id, s.batch_id
),

ordered_skus as (
    select distinct sku_id from purchase_orders where business_date <= $as_of
)

select
    s.warehouse_id,
    s.sku_id,
    c.supplier_id,
    cast(null as bigint) as promised_days,
    case when p.day is not null then date_diff('day', s.ordered_on, a.arrived_on) end as lead_days,
    date_diff('day', s.ordered_on, s.awaited_on) + 1 as age_days
from seen as s
inner join count_days as d
    on s.warehouse_id = d.warehouse_id and date_diff('day', d.day, s.ordered_on) = 1
left join arrivals as a
    on s.warehouse_id = a.warehouse_id and s.sku_id = a.sku_id and s.batch_id = a.batch_id
left join count_days as p
    on a.warehouse_id = p.warehouse_id and date_diff('day', p.day, a.arrived_on) = 1
left join supply_options as c
    on
        s.warehouse_id = c.warehouse_id
        and s.sku_id = c.sku_id
        and c.as_of = $as_of
        and c.choice_rank = 1
left join ordered_skus as o on s.sku_id = o.sku_id
where s.ordered_on is not null and s.ordered_on >= $since and o.sku_id is null
