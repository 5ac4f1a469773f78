-- The day, the same weekday in the weeks before, and all days before, out of `watched_days`.
with days as (
    select day, count(*) as rows, max(event_at)::timestamp as latest
    from watched_days
    group by day
)
select
    coalesce(sum(rows) filter (day = $as_of), 0)::bigint as rows,
    max(latest) as latest,
    list(rows order by day) filter (list_contains($weekdays, day)) as weekday_rows,
    coalesce(sum(rows) filter (day < $as_of), 0)::bigint as rows_before,
    (count(*) filter (day < $as_of))::bigint as days_before
from days
