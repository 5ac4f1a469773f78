-- One line per item of an order, so that nothing is hidden from the row rules: an item whose order
-- is unknown has no time and is refused by them.
SELECT
    i.order_id,
    i.item_number::VARCHAR AS line_id,
    o.ordered_at,
    o.approved_at AS paid_at,
    greatest(o.ordered_at, o.approved_at, o.dispatched_at, o.arrived_at) AS updated_at,
    o.user_id,
    o.community_id,
    i.product_id AS sku_id,
    coalesce(g.category_english, g.category_portuguese) AS category,
    1 AS quantity_units,
    'piece' AS sale_unit,
    i.price AS unit_price_yuan,
    CASE WHEN o.approved_at IS NOT NULL AND b.due = b.paid THEN i.price END AS paid_amount_yuan,
    CASE WHEN o.status IN ('canceled', 'unavailable') THEN 1 END AS cancelled_units,
    CASE
        WHEN o.status = 'created' THEN 'placed'
        WHEN o.status IN ('approved', 'invoiced', 'processing') THEN 'paid'
        WHEN o.status = 'shipped' THEN 'shipped'
        WHEN o.status = 'delivered' THEN 'completed'
        WHEN o.status IN ('canceled', 'unavailable') THEN 'cancelled'
    END AS order_status
FROM items AS i
LEFT JOIN purchases AS o ON i.order_id = o.order_id
LEFT JOIN goods AS g ON i.product_id = g.product_id
LEFT JOIN bills AS b ON i.order_id = b.order_id
ORDER BY o.ordered_at, i.order_id, i.item_number
