-- Latest stock per warehouse and SKU, from counts before $as_of_end: the batches counted within one
-- session. A batch that may no longer be sold on $first_day does not count as on hand.
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
),

batches as (
    select
        warehouse_id,
        sku_id,
        last_counted_at,
        expires_on is not null and expires_on < $first_day as is_expired,
        cast(on_hand_units as decimal(18, 4)) as on_hand_units,
        cast(coalesce(in_transit_units, 0) as decimal(18, 4)) as in_transit_units,
        expected_arrival_on
    from last_session_counts
    where recency_rank = 1
)

select
    warehouse_id,
    sku_id,
    date_diff('day', cast(max(last_counted_at) as date), $as_of) as stock_age_days,
    sum(case when is_expired then 0 else on_hand_units end) as on_hand_units,
    sum(case when is_expired then on_hand_units else 0 end) as expired_units,
    sum(case when expected_arrival_on <= $day_1 then in_transit_units else 0 end)
        as in_transit_day_1_units,
    sum(case when expected_arrival_on <= $day_2 then in_transit_units else 0 end)
        as in_transit_day_2_units,
    sum(case when expected_arrival_on <= $day_3 then in_transit_units else 0 end)
        as in_transit_day_3_units,
    sum(case when expected_arrival_on is null then in_transit_units else 0 end)
        as in_transit_undated_units
from batches
group by warehouse_id, sku_id
