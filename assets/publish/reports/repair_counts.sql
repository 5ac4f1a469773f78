-- Values repaired at ingest, by export, column and kind; derived columns are counted elsewhere.
select
    export,
    column_name,
    kind,
    sum(rows)::bigint as rows
from repairs
where kind <> $derived
group by export, column_name, kind
order by rows desc, export, column_name, kind
limit 20
