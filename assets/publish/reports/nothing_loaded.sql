-- Files that were read and of which no row stands or ever stood: how many rows are bad, and the
-- reason of most. Rows of totals are no fault.
with fruitless as (
    select export, file_name, file_sha256
    from ingest_ledger
    where
        rows_quarantined > 0
        and rows_loaded + rows_duplicate + rows_superseded + rows_forgotten = 0
        and superseded_by is null
),

reasons as (
    select
        fruitless.export,
        fruitless.file_name,
        fruitless.file_sha256,
        quarantine.reason_code,
        quarantine.reason_zh,
        count(*) as most
    from fruitless
    inner join quarantine
        on
            fruitless.export = quarantine.export
            and fruitless.file_sha256 = quarantine.file_sha256
    where quarantine.reason_code <> $totals
    group by
        fruitless.export,
        fruitless.file_name,
        fruitless.file_sha256,
        quarantine.reason_code,
        quarantine.reason_zh
),

placed as (
    select
        export,
        file_name,
        reason_code,
        reason_zh,
        most,
        sum(most) over (partition by export, file_sha256) as bad,
        row_number() over (
            partition by export, file_sha256
            order by most desc, reason_code asc, reason_zh asc
        ) as place
    from reasons
)

select
    export,
    file_name,
    reason_code,
    reason_zh,
    most::bigint as most,
    bad::bigint as bad
from placed
where place = 1
order by export, file_name
