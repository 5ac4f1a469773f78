-- Runs of consecutive days of one store and SKU: with the same discount, and with the activity on.
-- Two kinds, because an activity outlives the changes of its discount. Within one kind and value,
-- the day less its rank is the same number for every day of a run.
WITH tracks AS (
    SELECT store_id, product_id, day, 'discount' AS kind, discount AS discount_ratio
    FROM source
    WHERE discount < 1
    UNION ALL
    SELECT store_id, product_id, day, 'group_buy' AS kind, NULL AS discount_ratio
    FROM source
    WHERE is_activity
),

ranked AS (
    SELECT
        *,
        datediff('day', DATE '2000-01-01', day) - dense_rank() OVER (
            PARTITION BY store_id, product_id, kind, discount_ratio ORDER BY day
        ) AS run
    FROM tracks
)

SELECT
    concat_ws(
        '-', kind[1], store_id, product_id, strftime(min(day), '%y%m%d')
    ) AS promotion_id,
    kind,
    product_id AS sku_id,
    store_id AS community_id,
    min(day) AS starts_on,
    max(day) AS ends_on,
    discount_ratio
FROM ranked
GROUP BY store_id, product_id, kind, discount_ratio, run
ORDER BY store_id, product_id, kind, starts_on
