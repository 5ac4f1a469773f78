-- One row per order, which counts as long as one of its lines does. Its community is that of its
-- first line by name, its day that of its first line by time.
select
    user_id,
    order_id,
    min(day) as day,
    min(ordered_at) as ordered_at,
    min(community_id) as community_id,
    max(kept_until) as kept_until,
    sum(gross_yuan) as gross_yuan,
    sum(list_yuan) as list_yuan
from churn_lines
group by user_id, order_id
