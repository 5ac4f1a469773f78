-- One row per person. The first purchase is not a registration, so registration stays empty.
SELECT
    user_id,
    community_id
FROM homes
ORDER BY user_id
