-- Columns that files have not and that were made of others on the way in: files and rows.
select
    export,
    column_name,
    count(distinct file_sha256)::bigint as files,
    sum(rows)::bigint as rows
from repairs
where kind = $kind
group by export, column_name
order by export, column_name
