-- Per day of the calendar: the last order before the same time of day as the clock time, and the
-- last order of the day.
select
    c.day,
    max(
        case
            when
                k.ordered_at < cast(c.day as timestamp)
                + ($cutoff_minutes - 1440) * interval '1 minute' + $elapsed_seconds * interval '1 second'
                then k.ordered_at
        end
    ) as last_before_at,
    max(k.ordered_at) as last_at
from calendar as c
left join order_lines_as_of as k on c.day = k.day
group by c.day
order by c.day
