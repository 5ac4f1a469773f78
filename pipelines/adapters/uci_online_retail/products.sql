-- One row per stock code under its most frequent description, ties by alphabet. Codes that are not
-- goods: postage (POST, DOT), carriage (C2), manual entries (M), discounts (D), samples (S), bad
-- debt (B), bank and marketplace fees, commission (CRUK), gift vouchers. PADS and DCGS… are goods.
WITH described AS (
    SELECT
        sku_id,
        description,
        row_number() OVER (
            PARTITION BY sku_id ORDER BY description IS NULL, count(*) DESC, description
        ) AS place
    FROM source
    GROUP BY sku_id, description
)

SELECT
    sku_id,
    description AS sku_name,
    'piece' AS sale_unit,
    'prestock' AS fulfilment_mode,
    NOT (
        sku_id IN ('POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK')
        OR starts_with(sku_id, 'GIFT_0001_')
    ) AS is_goods
FROM described
WHERE place = 1
ORDER BY sku_id
