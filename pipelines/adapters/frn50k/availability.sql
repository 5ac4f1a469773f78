-- 24 letters per store, SKU and day. A flag that is neither 0 nor 1 stays as it is and fails the
-- contract's pattern, as it should.
WITH days AS (
    SELECT
        day,
        store_id,
        product_id,
        translate(array_to_string(hours_stock_status, ''), '01', 'AS') AS hours_status
    FROM source
    ORDER BY day, store_id, product_id
)

SELECT
    day,
    store_id AS warehouse_id,
    product_id AS sku_id,
    hours_status
FROM days
