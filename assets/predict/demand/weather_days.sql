-- Weather of each day as known 1, 2 and 3 days ahead: per area the latest forecast issued before
-- the end of the origin's business day. Without forecasts in the export, observed weather is used
-- for all three, and the caller reports it. A warehouse takes the weather of its communities if
-- there is any, else of its region; ids of both kinds may coincide. Means over areas are computed
-- on integers in hundredths, so they do not depend on the order of rows.
with usable_weather as (
    select
        w.*,
        case w.warning
            when 'red' then 4 when 'orange' then 3 when 'yellow' then 2 when 'blue' then 1 else 0
        end as warning_level
    from weather as w
    where
        case
            when $has_forecasts then w.issued_at is not null and w.issued_at < $as_of_end
            else w.issued_at is null
        end
),

areas as (
    select warehouse_no, kind, area_id, min(kind) over (partition by warehouse_no) as nearest_kind
    from warehouse_areas
    where area_id in (select area_id from usable_weather)
),

ranked_weather as (
    select
        u.*,
        h.horizon,
        row_number() over (partition by u.area_id, u.day, h.horizon order by u.issued_at desc) as issue_rank
    from usable_weather as u
    inner join calendar as c on u.day = c.day
    cross join horizons as h
    where
        u.issued_at is null
        or u.issued_at
        < cast(u.day - h.horizon as timestamp) + $cutoff_minutes * interval '1 minute'
)

select
    a.warehouse_no,
    r.day,
    r.horizon,
    cast(sum(cast(round(r.rain_mm * 100) as bigint)) as bigint) / (100.0 * count(r.rain_mm)) as rain_mm,
    cast(sum(cast(round(r.temperature_celsius * 100) as bigint)) as bigint)
    / (100.0 * count(r.temperature_celsius)) as temperature_celsius,
    cast(sum(cast(round(r.humidity_percent * 100) as bigint)) as bigint)
    / (100.0 * count(r.humidity_percent)) as humidity_percent,
    cast(sum(cast(round(r.wind_level * 100) as bigint)) as bigint)
    / (100.0 * count(r.wind_level)) as wind_level,
    max(r.warning_level) as warning_level
from ranked_weather as r
inner join areas as a on r.area_id = a.area_id
where r.issue_rank = 1 and a.kind = a.nearest_kind
group by a.warehouse_no, r.day, r.horizon
