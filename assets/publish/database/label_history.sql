-- Every label of every user with its first day and the first day of the next; the last one is open.
select
    user_id,
    layer,
    three_layer,
    previous_layer,
    valid_from,
    lead(valid_from) over (partition by user_id order by valid_from) as valid_to,
    confidence,
    evidence_count,
    reason_zh
from layer_labels
where valid_from = as_of
