-- Observed weather per store and day: no issue time, because the source has no forecast.
select distinct
    store_id as area_id,
    day,
    rain_mm,
    temperature_celsius,
    humidity_percent,
    wind_level
from source
order by day, store_id
