-- Series of the panel: warehouse × SKU with a sale since $first_day. first_day: the first sale
-- ever, at the earliest $first_day.
with first_sales as (
    select warehouse_id, sku_id, min(day) as first_sale_day
    from order_lines_as_of
    where is_goods and has_net_units
    group by warehouse_id, sku_id
)

select
    f.warehouse_id,
    f.sku_id,
    greatest(f.first_sale_day, $first_day) as first_day
from first_sales as f
where exists (
    select 1
    from daily_sales as s
    where s.warehouse_id = f.warehouse_id and s.sku_id = f.sku_id and s.sold_e4 > 0
)
