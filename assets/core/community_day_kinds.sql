-- The kind of each calendar day at each community: rain, holiday, school season, working day.
--
-- Rain is that of the community, else of its region; an observation wins over forecasts, then the
-- last forecast known by $as_of_end. A holiday flag is empty for years without a day in the calendar.
-- 1970-01-05 is a Monday.
with places as (
    select distinct community_id, region_id
    from order_lines_as_of
    where user_id is not null and day >= $since_90
    union
    select distinct community_id, region_id
    from profile_basic
    where as_of = $as_of and community_id is not null
),

-- a community belongs to one region; of two the later in order of name is left out
one_region as (
    select community_id, min(region_id) as region_id
    from places
    group by community_id
),

dates as (
    select distinct cast(ordered_at as date) as day
    from order_lines_as_of
    where day >= $since_90
),

day_weather as (
    select
        area_id,
        day,
        rain_mm,
        row_number() over (
            partition by area_id, day
            order by case when issued_at is null then 0 else 1 end, issued_at desc
        ) as rank
    from weather
    where day <= $as_of and rain_mm is not null and (issued_at is null or issued_at < $as_of_end)
),

rain as (
    select area_id, day, rain_mm from day_weather where rank = 1
),

marked_days as (
    select distinct day, kind, coalesce(area_id, '*') as area_id
    from holidays
    where kind in ('public_holiday', 'school_season', 'makeup_workday') and day <= $as_of
),

calendar_years as (
    select distinct extract(year from day) as year from holidays where day <= $as_of
),

marks as (
    select
        p.community_id,
        d.day,
        max(case when m.kind = 'public_holiday' then 1 else 0 end) as is_holiday,
        max(case when m.kind = 'school_season' then 1 else 0 end) as is_school_season,
        max(case when m.kind = 'makeup_workday' then 1 else 0 end) as is_makeup
    from one_region as p
    cross join dates as d
    inner join marked_days as m
        on
            d.day = m.day
            and (m.area_id = '*' or m.area_id = p.region_id or m.area_id = p.community_id)
    group by p.community_id, d.day
),

kinds as (
    select
        p.community_id,
        d.day,
        coalesce(here.rain_mm, around.rain_mm) >= $rainy_from_mm as is_rainy,
        case when y.year is not null then coalesce(m.is_holiday, 0) = 1 end as is_holiday,
        case when y.year is not null then coalesce(m.is_school_season, 0) = 1 end
            as is_school_season,
        case
            when y.year is not null
                then
                    coalesce(m.is_holiday, 0) = 0
                    and (date_diff('day', date '1970-01-05', d.day) % 7 < 5 or coalesce(m.is_makeup, 0) = 1)
        end as is_workday
    from one_region as p
    cross join dates as d
    left join rain as here on p.community_id = here.area_id and d.day = here.day
    left join rain as around on p.region_id = around.area_id and d.day = around.day
    left join marks as m on p.community_id = m.community_id and d.day = m.day
    left join calendar_years as y on extract(year from d.day) = y.year
)

select * from kinds
