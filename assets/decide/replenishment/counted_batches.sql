-- Batches of the latest count per warehouse and SKU, from counts before $as_of_end: those counted
-- within one session. last_day, arrival_day: days after $as_of; missing: unknown. A count below 0
-- says that nothing is there.
with known_counts as (
    select *
    from stock
    where counted_at < $as_of_end
),

last_count_times as (
    select warehouse_id, sku_id, max(counted_at) as counted_at
    from known_counts
    group by warehouse_id, sku_id
),

last_session_counts as (
    select
        s.*,
        l.counted_at as last_counted_at,
        row_number() over (
            partition by s.warehouse_id, s.sku_id, s.batch_id order by s.counted_at desc
        ) as recency_rank
    from known_counts as s
    inner join last_count_times as l on s.warehouse_id = l.warehouse_id and s.sku_id = l.sku_id
    where date_diff('second', s.counted_at, l.counted_at) <= $count_session_minutes * 60
)

select
    warehouse_id,
    sku_id,
    last_counted_at,
    cast(greatest(on_hand_units, 0) as decimal(18, 4)) as on_hand_units,
    case when on_hand_units < 0 then 1 else 0 end as is_negative,
    date_diff('day', $as_of, expires_on) as last_day,
    cast(coalesce(in_transit_units, 0) as decimal(18, 4)) as in_transit_units,
    date_diff('day', $as_of, expected_arrival_on) as arrival_day
from last_session_counts
where recency_rank = 1
