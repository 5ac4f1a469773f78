-- Sampled rows of earlier days per column and label, for every label seen on the day or before.
-- Reads `labels_by_day`, one column per checked column.
select label_of, label, (count(*) filter (day < $as_of))::bigint as rows_before
from (
    unpivot (
        select * exclude (key_hash)
        from labels_by_day
        where (day < $as_of and key_hash % $before = 0) or (day = $as_of and key_hash % $every = 0)
    )
    on columns(* exclude (day))
    into name label_of value label
)
group by all
