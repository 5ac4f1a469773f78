-- File name and row number of the first failing rows. A file content that was loaded under two names
-- has the first of them.
with file_names as (
    select file_sha256, min(file_name) as file_name
    from ingest_ledger
    where export = $export
    group by file_sha256
)

select
    coalesce(file_names.file_name, left(failing.file_sha256, 12)) as file_name,
    failing.row_number
from failing
left join file_names using (file_sha256)
order by file_name, failing.row_number
limit $n
