-- Mean weather of each warehouse over its last $days known days up to $as_of, as known a day
-- ahead. Means are computed on integers in hundredths, so they do not depend on the order of rows.
with ranked as (
    select *, row_number() over (partition by warehouse_no order by day desc) as recency_rank
    from weather_days
    where horizon = 1 and day <= $as_of
)

select
    warehouse_no,
    cast(sum(cast(round(rain_mm * 100) as bigint)) as bigint)
    / (100.0 * nullif(count(rain_mm), 0)) as rain_mm,
    cast(sum(cast(round(temperature_celsius * 100) as bigint)) as bigint)
    / (100.0 * nullif(count(temperature_celsius), 0)) as temperature_celsius,
    cast(sum(cast(round(humidity_percent * 100) as bigint)) as bigint)
    / (100.0 * nullif(count(humidity_percent), 0)) as humidity_percent,
    cast(sum(cast(round(wind_level * 100) as bigint)) as bigint)
    / (100.0 * nullif(count(wind_level), 0)) as wind_level,
    cast(sum(warning_level) as bigint) / (1.0 * nullif(count(warning_level), 0)) as warning_level
from ranked
where recency_rank <= $days
group by warehouse_no
order by warehouse_no
