-- Columns and sheets of files that nothing was read from. Files alike in them are one row.
select
    export,
    min(file_name) as file_name,
    cast(count(*) as bigint) as files,
    coalesce(ignored_columns, '') as columns,
    coalesce(ignored_sheets, '') as sheets
from ingest_ledger
where
    superseded_by is null
    and (coalesce(ignored_columns, '') <> '' or coalesce(ignored_sheets, '') <> '')
group by export, coalesce(ignored_columns, ''), coalesce(ignored_sheets, '')
order by 1, 2
