-- Series that could not be ordered in the last full hour before a moment: S sold out, N not
-- offered, by the availability file or, if it has no row for the day, because the quantity of
-- their activity was used up.
with last_whole_hours as (
    select
        moment_no,
        c.day,
        c.day + m.seen_day as calendar_day,
        m.seen_hour + 1 as hour_position
    from moments as m
    cross join calendar as c
    where m.seen_hour is not null and c.day >= $first_day
),

availability_status as (
    select
        q.moment_no,
        q.day,
        a.warehouse_id,
        a.sku_id,
        substr(a.hours_status, q.hour_position, 1) as letter
    from last_whole_hours as q
    inner join availability as a on q.calendar_day = a.day
),

status_at_moment as (
    select * from availability_status
    union all
    select
        q.moment_no,
        q.day,
        u.warehouse_id,
        u.sku_id,
        substr(u.hours_status, q.hour_position, 1) as letter
    from last_whole_hours as q
    inner join exhausted_offers as u on q.day = u.day
    left join availability_status as s
        on
            u.warehouse_id = s.warehouse_id and u.sku_id = s.sku_id
            and q.day = s.day and q.moment_no = s.moment_no
    where s.day is null
)

select
    p.series_no - 1 as series,
    k.day - $first_day as day_no,
    k.moment_no,
    k.letter
from status_at_moment as k
inner join panel_series as p on k.warehouse_id = p.warehouse_id and k.sku_id = p.sku_id
where k.letter <> 'A' and k.day between $first_day and $last_day
