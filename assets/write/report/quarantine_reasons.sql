-- Why rows were set aside: the most frequent reasons, never a value of a row.
select
    export,
    reason_code,
    coalesce(column_name, '') as column_name,
    min(reason_zh) as reason_zh,
    count(*)::bigint as rows
from quarantine
group by export, reason_code, coalesce(column_name, '')
order by rows desc, export, reason_code, column_name
limit 12
