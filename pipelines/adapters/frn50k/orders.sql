-- One line per store, SKU, day and hour with a sale, by day.
-- The id packs store, SKU and hour since 2000 into 20 bits each, written in base 36: unique, and
-- at most 12 characters, which the engine keeps inline. Every line is an order of its own: lines
-- under one order would look like a basket, and the source knows none.
-- A sale is anything but zero: a negative amount, should one turn up, is for the row rules to see.
WITH hours AS (
    SELECT
        store_id,
        product_id,
        first_category_id,
        day,
        generate_subscripts(hours_sale, 1) - 1 AS hour,
        unnest(hours_sale) AS amount
    FROM source
),

sales AS (
    SELECT
        store_id,
        product_id,
        first_category_id,
        day,
        hour,
        round(amount, 6) AS quantity_units -- takes off float noise: 0.30000000000000004
    FROM hours
    WHERE amount <> 0
    ORDER BY day, store_id, product_id, hour
)

SELECT
    lower(to_base(
        (((store_id << 20) | product_id) << 20)
        | (datediff('day', DATE '2000-01-01', day) * 24 + hour),
        36
    )) AS order_id,
    '1' AS line_id,
    day::TIMESTAMP + to_hours(hour) AS ordered_at,
    store_id AS community_id,
    product_id AS sku_id,
    first_category_id AS category,
    quantity_units,
    'kg' AS sale_unit
FROM sales
