-- Pairs of days of one series, a week apart: both fully in stock, same price, no public holiday. Their
-- differences measure the noise of sales. mean_units: mean of the series' days fully in stock.
with in_stock_days as (
    select d.warehouse_id, d.sku_id, d.day, d.sold_units, d.discount_ratio
    from demand_day as d
    where
        d.as_of = $as_of and d.day > $after and d.in_stock_share >= $whole
        and d.day not in (select h.day from holidays as h where h.kind = 'public_holiday')
),

days_with_mean as (
    select
        *,
        cast(sum(cast(sold_units as decimal(18, 4))) over (partition by warehouse_id, sku_id) as double)
        / count(*) over (partition by warehouse_id, sku_id) as mean_units
    from in_stock_days
)

select a.sold_units as units, b.sold_units as units_before, a.mean_units
from days_with_mean as a
inner join days_with_mean as b
    on
        a.warehouse_id = b.warehouse_id and a.sku_id = b.sku_id
        and b.day = a.day - 7
        and a.discount_ratio is not distinct from b.discount_ratio
