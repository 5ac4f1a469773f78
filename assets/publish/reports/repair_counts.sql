-- Values repaired at ingest, by export, column and kind; derived columns are counted elsewhere.
select
    r.export,
    r.column_name,
    r.kind,
    cast(sum(r.rows) as bigint) as rows
from repairs as r
where r.kind <> $derived
group by r.export, r.column_name, r.kind
order by sum(r.rows) desc, r.export, r.column_name, r.kind
limit 20
