-- One row per product, with the seller of most of its items (ties by id) as its usual supplier. The
-- source has no names; a label of category and id keeps lists readable.
WITH sellers AS (
    SELECT
        product_id,
        seller_id,
        row_number() OVER (PARTITION BY product_id ORDER BY count(*) DESC, seller_id) AS place
    FROM items
    WHERE seller_id IS NOT NULL
    GROUP BY product_id, seller_id
)

SELECT
    g.product_id AS sku_id,
    concat_ws(
        ' ', coalesce(g.category_english, g.category_portuguese), left(g.product_id, 8)
    ) AS sku_name,
    coalesce(g.category_english, g.category_portuguese) AS category,
    'piece' AS sale_unit,
    'prestock' AS fulfilment_mode,
    s.seller_id AS supplier_id,
    true AS is_goods
FROM goods AS g
LEFT JOIN sellers AS s ON g.product_id = s.product_id AND s.place = 1
ORDER BY g.product_id
