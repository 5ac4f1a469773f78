-- One row per person. The first purchase is no registration, so that stays empty.
SELECT
    user_id,
    community_id
FROM homes
ORDER BY user_id
