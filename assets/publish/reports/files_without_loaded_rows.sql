-- Files from which no row was ever loaded: their bad rows, and the most frequent reason. Rows of totals
-- are not bad rows.
with files_without_rows as (
    select export, file_name, file_sha256
    from ingest_ledger
    where
        rows_quarantined > 0
        and rows_loaded + rows_duplicate + rows_superseded + rows_forgotten = 0
        and superseded_by is null
),

rows_by_reason as (
    select
        files_without_rows.export,
        files_without_rows.file_name,
        files_without_rows.file_sha256,
        quarantine.reason_code,
        quarantine.reason_zh,
        count(*) as most
    from files_without_rows
    inner join quarantine
        on
            files_without_rows.export = quarantine.export
            and files_without_rows.file_sha256 = quarantine.file_sha256
    where quarantine.reason_code <> $totals
    group by
        files_without_rows.export,
        files_without_rows.file_name,
        files_without_rows.file_sha256,
        quarantine.reason_code,
        quarantine.reason_zh
),

ranked_reasons as (
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
        ) as reason_rank
    from rows_by_reason
)

select
    export,
    file_name,
    reason_code,
    reason_zh,
    cast(most as bigint) as most,
    cast(bad as bigint) as bad
from ranked_reasons
where reason_rank = 1
order by export, file_name
