-- Files, rows and latest day per export, one row per export that had a file. A day after $as_of may be
-- in the lake already; this run did not see it, so the last day is at most $as_of.
select
    export,
    count(*)::bigint as files,
    sum(rows_read)::bigint as rows_read,
    sum(rows_loaded)::bigint as rows_loaded,
    sum(rows_quarantined)::bigint as rows_quarantined,
    sum(rows_duplicate)::bigint as rows_duplicate,
    sum(rows_superseded)::bigint as rows_superseded,
    sum(rows_forgotten)::bigint as rows_forgotten,
    case when max(last_day) > $as_of then $as_of else max(last_day) end as last_day,
    max(latest_event_at) as latest_event_at
from ingest_ledger
group by export
order by export
