-- Flagged days are holidays; a Saturday or Sunday without the flag is a make-up workday. Cities
-- that agree share one row without an area; where they differ, each city has its own.
WITH cities AS (
    SELECT city_id, day, bool_or(is_holiday) AS is_holiday
    FROM source
    GROUP BY city_id, day
),

areas AS (
    SELECT
        day,
        is_holiday,
        CASE
            WHEN
                min(is_holiday::INTEGER) OVER (PARTITION BY day)
                < max(is_holiday::INTEGER) OVER (PARTITION BY day)
                THEN city_id::VARCHAR
        END AS area_id
    FROM cities
)

SELECT DISTINCT
    day,
    CASE WHEN is_holiday THEN '假日' ELSE '调休上班' END AS name,
    CASE WHEN is_holiday THEN 'public_holiday' ELSE 'makeup_workday' END AS kind,
    area_id
FROM areas
WHERE is_holiday OR isodow(day) >= 6
ORDER BY day, area_id
