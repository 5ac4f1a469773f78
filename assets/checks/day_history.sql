-- One row: counts of the day, of the same weekday in earlier weeks, and of all earlier days.
with rows_per_day as (
    select day, count(*) as rows, cast(max(event_at) as timestamp) as latest
    from compared_days
    group by day
)

select
    coalesce(sum(rows) filter (day = $as_of), 0)::bigint as rows,
    max(latest) as latest,
    list(rows order by day) filter (list_contains($weekdays, day)) as weekday_rows,
    coalesce(sum(rows) filter (day < $as_of), 0)::bigint as rows_before,
    (count(*) filter (day < $as_of))::bigint as days_before
from rows_per_day
