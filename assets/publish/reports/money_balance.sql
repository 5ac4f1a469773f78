-- Money of the source files per export, in yuan: read = the sum of all other amounts.
select
    export,
    cast(sum(money_read_yuan) as double) as read_yuan,
    cast(sum(money_kept_yuan) as double) as kept_yuan,
    cast(sum(money_given_back_yuan) as double) as given_back_yuan,
    cast(sum(money_quarantined_yuan) as double) as quarantined_yuan,
    cast(sum(money_duplicate_yuan) as double) as duplicate_yuan,
    cast(sum(money_superseded_yuan) as double) as superseded_yuan,
    cast(sum(money_forgotten_yuan) as double) as forgotten_yuan,
    cast(sum(rows_without_amount) as bigint) as rows_without_amount
from ingest_ledger
group by export
having sum(money_read_yuan) <> 0 or sum(rows_without_amount) > 0
order by export
