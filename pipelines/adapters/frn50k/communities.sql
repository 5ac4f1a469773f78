-- Every store is a front warehouse that serves itself.
SELECT DISTINCT
    store_id AS community_id,
    store_id AS warehouse_id,
    city_id AS region_id
FROM source
ORDER BY store_id, city_id
