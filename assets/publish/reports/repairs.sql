-- What was repaired on the way in: values by export, column and kind.
select
    export,
    column_name,
    kind,
    sum(rows)::bigint as rows
from repairs
where kind <> $made
group by export, column_name, kind
order by rows desc, export, column_name, kind
limit 20
