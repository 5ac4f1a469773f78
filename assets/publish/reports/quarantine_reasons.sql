-- Why rows were set aside: the most frequent reasons, never a value of a row. A reason of one code
-- may differ by file: by how its dates are read.
select
    export,
    reason_code,
    coalesce(column_name, '') as column_name,
    reason_zh,
    count(*)::bigint as rows
from quarantine
group by export, reason_code, coalesce(column_name, ''), reason_zh
order by rows desc, export, reason_code, column_name, reason_zh
limit 12
