-- Browsing of each user in the 90 days before a snapshot.
select
    s.snapshot,
    b.user_id,
    min(date_diff('day', b.business_date, s.snapshot)) as browse_recency_days,
    count(*) filter (where date_diff('day', b.business_date, s.snapshot) < 7) as actions_7d,
    count(*) filter (where date_diff('day', b.business_date, s.snapshot) < 30) as actions_30d,
    count(distinct b.business_date) filter (where date_diff('day', b.business_date, s.snapshot) < 30)
        as browse_days_30d,
    count(*) filter (
        where b.action = 'add_cart' and date_diff('day', b.business_date, s.snapshot) < 14
    ) as carts_14d
from browse as b
inner join snapshots as s
    on
        b.business_date <= s.snapshot
        and b.occurred_at < s.snapshot_end
        and date_diff('day', b.business_date, s.snapshot) < 90
group by s.snapshot, b.user_id
