-- Purchases of each user before a snapshot, with cancellations and refunds as known then: a refund
-- after the snapshot does not lower its spend.
with lines_at_snapshot as (
    select
        s.snapshot,
        l.user_id,
        l.sku_id,
        coalesce(l.category, 'unknown') as category,
        date_diff('day', l.day, s.snapshot) as age_days,
        l.kept_until >= s.snapshot_end as is_kept,
        l.cancelled_known_at < s.snapshot_end as is_cancelled,
        l.refunded_known_at < s.snapshot_end as is_refunded,
        l.gross_yuan - least(l.gross_yuan, greatest(
            case when l.cancelled_known_at < s.snapshot_end then l.cancelled_yuan else 0 end,
            case when l.refunded_known_at < s.snapshot_end then l.refund_yuan else 0 end
        )) as net_yuan
    from churn_lines as l
    inner join snapshots as s
        on
            l.day <= s.snapshot
            and l.ordered_at < s.snapshot_end
            and date_diff('day', l.day, s.snapshot) < 365
)

select
    snapshot,
    user_id,
    count(*) as lines_365d,
    count(*) filter (where is_cancelled) as cancelled_lines_365d,
    count(*) filter (where is_refunded) as refunded_lines_365d,
    cast(coalesce(sum(net_yuan) filter (where is_kept and age_days < 30), 0) as double)
        as spend_30d_yuan,
    cast(coalesce(sum(net_yuan) filter (where is_kept and age_days < 90), 0) as double)
        as spend_90d_yuan,
    cast(coalesce(sum(net_yuan) filter (where is_kept), 0) as double) as spend_365d_yuan,
    count(distinct sku_id) filter (where is_kept and age_days < 90) as skus_90d,
    count(distinct category) filter (where is_kept and age_days < 90) as categories_90d,
    count(distinct sku_id) filter (where is_kept) as skus_365d,
    count(*) filter (where is_kept) as kept_lines_365d
from lines_at_snapshot
group by snapshot, user_id
