-- Every source row is one line, so that nothing is hidden from the row rules. A cancellation nets to
-- zero: all its units are cancelled, and what was given back stays readable.
SELECT
    invoice AS order_id,
    sku_id || '-' || content AS line_id,
    invoiced_at AS ordered_at,
    customer AS user_id,
    country AS community_id,
    sku_id,
    description AS sku_name,
    CASE WHEN is_cancellation THEN abs(quantity_units) ELSE quantity_units END AS quantity_units,
    'piece' AS sale_unit,
    unit_price AS unit_price_yuan,
    CASE WHEN is_cancellation THEN abs(quantity_units) END AS cancelled_units,
    CASE WHEN is_cancellation THEN invoiced_at END AS cancelled_at,
    CASE WHEN is_cancellation THEN abs(quantity_units) * unit_price END AS refund_yuan,
    CASE WHEN is_cancellation THEN invoiced_at END AS refunded_at,
    CASE WHEN is_cancellation THEN 'refunded' END AS order_status
FROM source
ORDER BY invoiced_at, order_id, line_id
