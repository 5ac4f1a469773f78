-- The community of each user's last order, and the activity of the community and its leader in the
-- 14 days before a snapshot and the 14 before those. Counts all orders, net or not, so a later
-- cancellation of a neighbour's order changes nothing.
with homes as (
    select snapshot, user_id, community_id
    from (
        select
            s.snapshot,
            o.user_id,
            o.community_id,
            row_number() over (
                partition by s.snapshot, o.user_id order by o.ordered_at desc, o.order_id desc
            ) as recency_rank
        from churn_orders as o
        inner join snapshots as s
            on
                o.day <= s.snapshot
                and o.ordered_at < s.snapshot_end
                and o.kept_until >= s.snapshot_end
    ) as ranked_orders
    where recency_rank = 1
),

neighbours as (
    select
        s.snapshot,
        coalesce(o.community_id, 'none') as community_id,
        count(distinct o.user_id) filter (where date_diff('day', o.business_date, s.snapshot) < 14)
            as community_users_14d,
        count(distinct o.user_id) filter (where date_diff('day', o.business_date, s.snapshot) >= 14)
            as community_users_14d_before
    from orders as o
    inner join snapshots as s
        on
            o.business_date <= s.snapshot
            and o.ordered_at < s.snapshot_end
            and date_diff('day', o.business_date, s.snapshot) < 28
    group by s.snapshot, coalesce(o.community_id, 'none')
),

chat_start as (select min(business_date) as first_day from chat where sender_role = 'leader'),

leaders as (
    select
        s.snapshot,
        c.community_id,
        count(*) filter (where date_diff('day', c.business_date, s.snapshot) < 14)
            as leader_messages_14d,
        count(*) filter (where date_diff('day', c.business_date, s.snapshot) >= 14)
            as leader_messages_14d_before
    from chat as c
    inner join snapshots as s
        on
            c.business_date <= s.snapshot
            and c.sent_at < s.snapshot_end
            and date_diff('day', c.business_date, s.snapshot) < 28
    where c.sender_role = 'leader'
    group by s.snapshot, c.community_id
)

select
    h.snapshot,
    h.user_id,
    coalesce(n.community_users_14d, 0) as community_users_14d,
    coalesce(n.community_users_14d_before, 0) as community_users_14d_before,
    case when c.first_day <= h.snapshot then coalesce(l.leader_messages_14d, 0) end
        as leader_messages_14d,
    case when c.first_day <= h.snapshot then coalesce(l.leader_messages_14d_before, 0) end
        as leader_messages_14d_before
from homes as h
cross join chat_start as c
left join neighbours as n on h.snapshot = n.snapshot and h.community_id = n.community_id
left join leaders as l on h.snapshot = l.snapshot and h.community_id = l.community_id
