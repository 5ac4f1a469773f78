-- Money of the source files per export, in yuan: read = the sum of all other amounts.
select
    export,
    sum(money_read_yuan)::double as read_yuan,
    sum(money_kept_yuan)::double as kept_yuan,
    sum(money_given_back_yuan)::double as given_back_yuan,
    sum(money_quarantined_yuan)::double as quarantined_yuan,
    sum(money_duplicate_yuan)::double as duplicate_yuan,
    sum(money_superseded_yuan)::double as superseded_yuan,
    sum(money_forgotten_yuan)::double as forgotten_yuan,
    sum(rows_without_amount)::bigint as rows_without_amount
from ingest_ledger
group by export
having sum(money_read_yuan) <> 0 or sum(rows_without_amount) > 0
order by export
