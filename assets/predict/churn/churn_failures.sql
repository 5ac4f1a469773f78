-- Failed deliveries in the 180 days before a snapshot: late, damaged, short, wrong or lost, as
-- known then. Lateness shows in the times alone; an issue code counts from updated_at.
with deliveries as (
    select
        s.snapshot,
        o.user_id,
        o.order_id,
        o.ordered_at,
        max(case
            when l.promised_at < least(coalesce(l.arrived_at, s.snapshot_end), s.snapshot_end)
                then 1
            when coalesce(l.updated_at, l.arrived_at, l.dispatched_at) >= s.snapshot_end then 0
            when l.issue <> 'none' or l.shipment_status = 'lost' then 1
            else 0
        end) as is_failed,
        max(case
            when l.arrived_at < s.snapshot_end or l.picked_up_at < s.snapshot_end then 1 else 0
        end) as is_arrived
    from churn_orders as o
    inner join snapshots as s
        on
            o.day <= s.snapshot
            and o.ordered_at < s.snapshot_end
            and date_diff('day', o.day, s.snapshot) < 180
    inner join logistics as l
        on
            o.order_id = l.order_id
            and l.business_date <= s.snapshot
            and l.dispatched_at < s.snapshot_end
    group by s.snapshot, o.user_id, o.order_id, o.ordered_at
),

deliveries_with_last_good as (
    select
        *,
        max(case when is_failed = 0 and is_arrived = 1 then ordered_at end)
            over (partition by snapshot, user_id) as good_at
    from deliveries
)

select
    snapshot,
    user_id,
    count(*) as deliveries_180d,
    count(*) filter (where is_failed = 1) as failed_180d,
    count(*) filter (where is_failed = 1 and (good_at is null or ordered_at > good_at))
        as failed_run
from deliveries_with_last_good
group by snapshot, user_id
