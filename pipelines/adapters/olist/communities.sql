-- The city is the finest place that holds more than a customer or two; names repeat across states,
-- so the state belongs to the id. Sellers ship themselves: one warehouse represents them all.
SELECT DISTINCT
    customer_city || ' ' || customer_state AS community_id,
    customer_city AS community_name,
    'BR' AS warehouse_id,
    customer_state AS region_id,
    customer_city AS city
FROM customers_text
WHERE customer_city IS NOT NULL AND customer_state IS NOT NULL
ORDER BY community_id
