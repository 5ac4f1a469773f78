-- The source flags every free day. A run of flagged days that holds a workday of the week is a
-- holiday, its weekend included; a flagged weekend alone is a weekend, which needs no row. A
-- Saturday or Sunday without the flag is a make-up workday. Cities that agree share one row without
-- an area; where they differ, each city has its own.
with cities as (
    select city_id, day, bool_or(is_holiday) as is_free
    from source
    group by city_id, day
),

ranked as (
    select
        *,
        datediff('day', date '2000-01-01', day)
        - row_number() over (partition by city_id, is_free order by day) as run
    from cities
),

kinds as (
    select
        city_id,
        day,
        case
            when is_free and bool_or(isodow(day) < 6) over (partition by city_id, is_free, run)
                then 'public_holiday'
            when not is_free and isodow(day) >= 6 then 'makeup_workday'
        end as kind
    from ranked
),

areas as (
    select
        day,
        kind,
        case
            when count(distinct coalesce(kind, '')) over (partition by day) > 1
                then cast(city_id as varchar)
        end as area_id
    from kinds
)

select distinct
    day,
    case kind when 'public_holiday' then '假日' else '调休上班' end as name,
    kind,
    area_id
from areas
where kind is not null
order by day, area_id
