-- Columns that files lack and that ingest derived from other columns: files and rows per column.
select
    export,
    column_name,
    cast(count(distinct file_sha256) as bigint) as files,
    cast(sum(rows) as bigint) as rows
from repairs
where kind = $kind
group by export, column_name
order by export, column_name
