-- Order days of each user as known at a snapshot, with the gap to the previous one.
with kept_order_days as (
    select
        s.snapshot,
        o.user_id,
        o.day,
        cast(date_diff('day', o.day, s.snapshot) as integer) as age_days,
        count(*) as orders,
        sum(o.gross_yuan) as gross_yuan,
        sum(o.list_yuan) as list_yuan
    from churn_orders as o
    inner join snapshots as s
        on
            o.day <= s.snapshot
            and o.ordered_at < s.snapshot_end
            and o.kept_until >= s.snapshot_end
    group by s.snapshot, o.user_id, o.day
)

select
    *,
    cast(
        date_diff('day', lag(day) over (partition by snapshot, user_id order by day), day)
        as integer
    ) as gap_days,
    row_number() over (partition by snapshot, user_id order by day desc) as days_back
from kept_order_days
