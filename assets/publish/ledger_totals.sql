-- Files, rows and latest day per export, one row per export that had a file. A day after $as_of may be
-- in the lake already; this run did not see it, so the last day is at most $as_of.
select
    export,
    cast(count(*) as bigint) as files,
    cast(sum(rows_read) as bigint) as rows_read,
    cast(sum(rows_loaded) as bigint) as rows_loaded,
    cast(sum(rows_quarantined) as bigint) as rows_quarantined,
    cast(sum(rows_duplicate) as bigint) as rows_duplicate,
    cast(sum(rows_superseded) as bigint) as rows_superseded,
    cast(sum(rows_forgotten) as bigint) as rows_forgotten,
    case when max(last_day) > $as_of then $as_of else max(last_day) end as last_day,
    max(latest_event_at) as latest_event_at
from ingest_ledger
group by export
order by export
