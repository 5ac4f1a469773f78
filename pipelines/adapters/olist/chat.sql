-- Every review row is one message. A review of several orders is the same message each
-- time: it names no order then, so that its rows are equal and count as duplicates.
WITH review_messages AS (
    SELECT
        r.*,
        count(*) OVER (PARTITION BY review_id) AS orders
    FROM reviews AS r
),

baskets AS (
    SELECT order_id, min(product_id) AS product_id, count(DISTINCT product_id) AS products
    FROM items
    GROUP BY order_id
)

SELECT
    t.review_id AS message_id,
    t.answered_at AS sent_at,
    'review' AS channel,
    'user' AS sender_role,
    o.user_id,
    CASE WHEN t.orders = 1 THEN o.community_id ELSE h.community_id END AS community_id,
    CASE WHEN t.orders = 1 AND b.products = 1 THEN b.product_id END AS sku_id,
    CASE WHEN t.orders = 1 THEN t.order_id END AS order_id,
    t.text,
    t.stars
FROM review_messages AS t
LEFT JOIN purchases AS o ON t.order_id = o.order_id
LEFT JOIN baskets AS b ON t.order_id = b.order_id
LEFT JOIN homes AS h ON o.user_id = h.user_id
ORDER BY t.answered_at, t.review_id
