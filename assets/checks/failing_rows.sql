-- File name and row number of the first failing rows. A content that came under two names is named
-- by the first of them.
with names as (
    select file_sha256, min(file_name) as file_name
    from ingest_ledger
    where export = $export
    group by file_sha256
)
select coalesce(names.file_name, left(failing.file_sha256, 12)) as file_name, failing.row_number
from failing
left join names using (file_sha256)
order by file_name, failing.row_number
limit $n
