-- Kept goods orders of 90 days, with the calendar day they were placed on, its rain and holiday.
-- Rain: of the community itself, else of its region; an observation before any forecast, else the last
-- forecast known by then. A year's holidays are known when the calendar has a day of that year.
with orders_placed as (
    select
        user_id,
        order_id,
        min(ordered_at) as ordered_at,
        cast(min(ordered_at) as date) as placed_on,
        min(community_id) as community_id,
        min(region_id) as region_id
    from known_lines
    where user_id is not null and is_kept and is_goods and day >= $since_90
    group by user_id, order_id
),

day_weather as (
    select
        area_id,
        day,
        rain_mm,
        row_number() over (
            partition by area_id, day
            order by case when issued_at is null then 0 else 1 end, issued_at desc
        ) as place
    from weather
    where day <= $as_of and rain_mm is not null and (issued_at is null or issued_at < $as_of_end)
),

rain as (
    select area_id, day, rain_mm from day_weather where place = 1
),

public_holidays as (
    select distinct day, coalesce(area_id, '*') as area_id
    from holidays
    where kind = 'public_holiday' and day <= $as_of
),

calendar_years as (
    select distinct extract(year from day) as year from holidays where day <= $as_of
)

select
    o.user_id,
    o.order_id,
    o.ordered_at,
    o.placed_on,
    coalesce(here.rain_mm, around.rain_mm) >= $rainy_from_mm as is_rainy,
    case
        when y.year is not null
            then h.day is not null or hr.day is not null or hc.day is not null
    end as is_holiday
from orders_placed as o
left join rain as here on o.community_id = here.area_id and o.placed_on = here.day
left join rain as around on o.region_id = around.area_id and o.placed_on = around.day
left join public_holidays as h on o.placed_on = h.day and h.area_id = '*'
left join public_holidays as hr on o.placed_on = hr.day and o.region_id = hr.area_id
left join public_holidays as hc on o.placed_on = hc.day and o.community_id = hc.area_id
left join calendar_years as y on extract(year from o.placed_on) = y.year
