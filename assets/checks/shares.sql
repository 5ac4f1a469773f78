-- Rows of the days before by column and label, for every label seen before or on the day; of the
-- sampled keys. Long form of `watched_labels`.
select label_of, label, (count(*) filter (day < $as_of))::bigint as rows_before
from (
    unpivot (
        select * exclude (key_hash)
        from watched_labels
        where (day < $as_of and key_hash % $before = 0) or (day = $as_of and key_hash % $every = 0)
    )
    on columns(* exclude (day))
    into name label_of value label
)
group by all
