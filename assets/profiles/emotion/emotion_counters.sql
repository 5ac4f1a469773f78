-- Counters are 0 where a user with evidence has no such row, and empty where no user has one: a
-- user who wrote nothing has not complained 0 times, and a missing file is not satisfaction.
with flags as (
    select
        coalesce(sum(messages), 0) > 0 as has_chat,
        coalesce(sum(purchases_concluded), 0) > 0 as has_logistics,
        $has_browse as has_browse
    from day_rows
)

select
    columns(lambda c: not regexp_matches(c, $of_chat) and c not in ('purchases_concluded', 'browse_events')),
    -- \1 is the counter: $of_chat captures it
    case when f.has_chat and d.evidence = 'evidence' then coalesce(columns($of_chat), 0) end as '\1',
    case when f.has_logistics and d.evidence = 'evidence' then coalesce(d.purchases_concluded, 0) end
        as purchases_concluded,
    case when f.has_browse and d.evidence = 'evidence' then coalesce(d.browse_events, 0) end
        as browse_events
from day_rows as d
cross join flags as f
