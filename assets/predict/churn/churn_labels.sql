-- Whether each user of a snapshot has a net order in the label window after it, as known at the
-- end of as_of. Labels only snapshots whose window is over.
select
    h.snapshot,
    h.user_id,
    count(o.order_id) = 0 as churned
from churn_history as h
left join churn_orders as o
    on
        h.user_id = o.user_id
        and o.day > h.snapshot
        and o.day <= h.snapshot + $label_days
        and o.ordered_at < $as_of_end
        and o.kept_until >= $as_of_end
where h.snapshot + $label_days <= $as_of
group by h.snapshot, h.user_id
