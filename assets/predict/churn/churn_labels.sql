-- Whether each user of a snapshot has a kept order in the label window after it, as known at the
-- end of as_of. Only snapshots whose whole window lies in the past are labelled.
select
    h.snapshot,
    h.user_id,
    count(o.order_id) = 0 as churned
from churn_history as h
left join churn_orders as o
    on h.user_id = o.user_id
    and o.day > h.snapshot
    and o.day <= h.snapshot + $label_days
    and o.ordered_at < $as_of_end
    and o.kept_until >= $as_of_end
where h.snapshot + $label_days <= $as_of
group by h.snapshot, h.user_id
