-- Observed weather per store and day: no issue time, because the source has no forecast.
SELECT DISTINCT
    store_id AS area_id,
    day,
    rain_mm,
    temperature_celsius,
    humidity_percent,
    wind_level
FROM source
ORDER BY day, store_id
