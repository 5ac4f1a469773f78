-- Latest stock per warehouse and SKU, from `counted_batches`. A batch whose last day of sale is over
-- does not count as on hand.
select
    warehouse_id,
    sku_id,
    date_diff('day', cast(max(last_counted_at) as date), $as_of) as stock_age_days,
    sum(case when coalesce(last_day, 1) >= 1 then on_hand_units else 0 end) as on_hand_units,
    sum(case when coalesce(last_day, 1) >= 1 then 0 else on_hand_units end) as expired_units,
    sum(case when arrival_day is null then in_transit_units else 0 end) as in_transit_undated_units,
    max(is_negative) as has_negative_count
from counted_batches
group by warehouse_id, sku_id
