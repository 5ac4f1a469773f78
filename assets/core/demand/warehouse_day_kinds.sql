-- The kind of each day of the calendar for each warehouse. A make-up workday is a weekend day on which
-- people work by decree: free days are holidays and weekends without a make-up workday. weekday: 1 is
-- Monday, as 1970-01-05 was.
with events as (
    select h.day, h.kind, w.warehouse_no
    from holidays as h
    cross join (select distinct warehouse_no from panel_series) as w
    where h.area_id is null
    union all
    select h.day, h.kind, a.warehouse_no
    from holidays as h
    inner join warehouse_areas as a on h.area_id = a.area_id and a.kind = 'region'
),

kinds as (
    select
        day,
        warehouse_no,
        max(case when kind = 'public_holiday' then 1 else 0 end) as is_holiday,
        max(case when kind = 'makeup_workday' then 1 else 0 end) as is_makeup,
        max(case when kind = 'school_season' then 1 else 0 end) as is_school_season,
        max(case when kind in ('festival', 'local_event') then 1 else 0 end) as is_event
    from events
    group by day, warehouse_no
),

flags as (
    select
        w.warehouse_no,
        c.day,
        date_diff('day', date '1970-01-05', c.day) % 7 + 1 as weekday,
        coalesce(k.is_holiday, 0) as is_holiday,
        coalesce(k.is_makeup, 0) as is_makeup,
        coalesce(k.is_school_season, 0) as is_school_season,
        coalesce(k.is_event, 0) as is_event,
        case
            when k.is_holiday = 1 then 1
            when k.is_makeup = 1 then 0
            when date_diff('day', date '1970-01-05', c.day) % 7 >= 5 then 1
            else 0
        end as is_free
    from calendar as c
    cross join (select distinct warehouse_no from panel_series) as w
    left join kinds as k on c.day = k.day and w.warehouse_no = k.warehouse_no
),

marked as (
    select
        *,
        max(case when is_holiday = 1 then day end)
            over (partition by warehouse_no order by day rows unbounded preceding) as last_holiday,
        min(case when is_holiday = 1 then day end)
            over (
                partition by warehouse_no order by day rows between current row and unbounded following
            ) as next_holiday,
        coalesce(lag(is_free) over (partition by warehouse_no order by day), 0) as is_free_before,
        coalesce(lead(is_free) over (partition by warehouse_no order by day), 0) as is_free_after
    from flags
)

select
    warehouse_no,
    day,
    weekday,
    is_free,
    is_holiday,
    is_makeup,
    is_school_season,
    is_event,
    is_free_before,
    is_free_after,
    least(coalesce(date_diff('day', last_holiday, day), $reach_days + 1), $reach_days + 1) as days_since_holiday,
    least(coalesce(date_diff('day', day, next_holiday), $reach_days + 1), $reach_days + 1) as days_to_holiday
from marked
