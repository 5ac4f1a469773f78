-- The customer's country is the finest place the source knows; goods leave one warehouse.
SELECT DISTINCT
    country AS community_id,
    'UK' AS warehouse_id,
    country AS region_id
FROM source
WHERE country IS NOT NULL
ORDER BY country
