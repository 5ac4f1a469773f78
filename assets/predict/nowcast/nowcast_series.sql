-- Series in the order of their numbers, with name and unit of the product, else of its order
-- lines.
with names_from_lines as (
    select sku_id, max(sku_name) as sku_name, max(sale_unit) as sale_unit
    from order_lines_as_of
    group by sku_id
)

select
    s.warehouse_id,
    s.sku_id,
    coalesce(p.sku_name, l.sku_name, s.sku_id) as sku_name,
    s.category,
    coalesce(p.sale_unit, l.sale_unit, 'piece') as sale_unit,
    s.warehouse_no,
    s.sku_no,
    s.category_no,
    s.platform_no
from panel_series as s
left join products as p on s.sku_id = p.sku_id
left join names_from_lines as l on s.sku_id = l.sku_id
order by s.series_no
