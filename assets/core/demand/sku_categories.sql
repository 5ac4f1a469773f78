-- One category per SKU: that of the product, else of its latest order line.
with of_orders as (
    select
        sku_id,
        category,
        row_number() over (partition by sku_id order by max(day) desc, category) as rank
    from order_lines_as_of
    group by sku_id, category
)

select sku_id, category from of_orders where rank = 1
