-- The most frequent reasons of quarantined rows, never a value of a row. The text of one code may differ
-- by file, with the date format of the file.
select
    export,
    reason_code,
    coalesce(column_name, '') as column_name,
    reason_zh,
    cast(count(*) as bigint) as rows
from quarantine
group by export, reason_code, coalesce(column_name, ''), reason_zh
order by count(*) desc, export, reason_code, column_name, reason_zh
limit 12
