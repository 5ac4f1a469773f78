-- The source flags every free day. A run of flagged days that holds a workday of the week is a
-- holiday, its weekend included; a flagged weekend alone is a weekend, which needs no row. A
-- Saturday or Sunday without the flag is a make-up workday. Cities that agree share one row without
-- an area; where they differ, each city has its own.
WITH cities AS (
    SELECT city_id, day, bool_or(is_holiday) AS is_free
    FROM source
    GROUP BY city_id, day
),

ranked AS (
    SELECT
        *,
        datediff('day', DATE '2000-01-01', day)
        - row_number() OVER (PARTITION BY city_id, is_free ORDER BY day) AS run
    FROM cities
),

kinds AS (
    SELECT
        city_id,
        day,
        CASE
            WHEN is_free AND bool_or(isodow(day) < 6) OVER (PARTITION BY city_id, is_free, run)
                THEN 'public_holiday'
            WHEN NOT is_free AND isodow(day) >= 6 THEN 'makeup_workday'
        END AS kind
    FROM ranked
),

areas AS (
    SELECT
        day,
        kind,
        CASE
            WHEN count(DISTINCT coalesce(kind, '')) OVER (PARTITION BY day) > 1
                THEN city_id::VARCHAR
        END AS area_id
    FROM kinds
)

SELECT DISTINCT
    day,
    CASE kind WHEN 'public_holiday' THEN '假日' ELSE '调休上班' END AS name,
    kind,
    area_id
FROM areas
WHERE kind IS NOT NULL
ORDER BY day, area_id
