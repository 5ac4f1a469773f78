-- One line per store, SKU, day and hour with a sale, by day.
-- The id packs store, SKU and hour since 2000 into 20 bits each, written in base 36: unique, and
-- at most 12 characters, which the engine keeps inline. Every line is an order of its own: lines
-- under one order would look like a basket, and the source knows none.
-- A sale is anything but zero: a negative amount, should one turn up, is for the row rules to see.
with hours as (
    select
        store_id,
        product_id,
        first_category_id,
        day,
        generate_subscripts(hours_sale, 1) - 1 as hour,
        unnest(hours_sale) as amount
    from source
),

sales as (
    select
        store_id,
        product_id,
        first_category_id,
        day,
        hour,
        round(amount, 6) as quantity_units -- takes off float noise: 0.30000000000000004
    from hours
    where amount <> 0
    order by day, store_id, product_id, hour
)

select
    lower(to_base(
        (((store_id << 20) | product_id) << 20)
        | (datediff('day', date '2000-01-01', day) * 24 + hour),
        36
    )) as order_id,
    '1' as line_id,
    cast(day as timestamp) + to_hours(hour) as ordered_at,
    store_id as community_id,
    product_id as sku_id,
    first_category_id as category,
    quantity_units,
    'kg' as sale_unit
from sales
