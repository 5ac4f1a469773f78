-- Like days of one series a week apart: both wholly on sale, at one price, no public holiday. Their
-- differences tell how much sales scatter. mean_units: of the series' days wholly on sale.
with whole as (
    select d.warehouse_id, d.sku_id, d.day, d.sold_units, d.discount_ratio
    from demand_day as d
    where d.as_of = $as_of and d.day > $after and d.in_stock_share >= $whole
    and d.day not in (select h.day from holidays as h where h.kind = 'public_holiday')
),

sized as (
    select
        *,
        cast(sum(cast(sold_units as decimal(18, 4))) over (partition by warehouse_id, sku_id) as double)
        / count(*) over (partition by warehouse_id, sku_id) as mean_units
    from whole
)

select a.sold_units as units, b.sold_units as units_before, a.mean_units
from sized as a
inner join sized as b
    on a.warehouse_id = b.warehouse_id and a.sku_id = b.sku_id
    and b.day = a.day - 7
    and a.discount_ratio is not distinct from b.discount_ratio
