-- Units on hand by last day of sale, and units in transit by day of arrival, per warehouse and SKU.
-- day: days after $as_of, from 1 to $last_day + 1, which holds what is on hand until later or unknown
-- days. What is overdue is expected on the first day.
with on_hand as (
    select
        warehouse_id,
        sku_id,
        least(coalesce(last_day, $last_day + 1), $last_day + 1) as day,
        on_hand_units,
        0 as arriving_units
    from counted_batches
    where coalesce(last_day, 1) >= 1
),

in_transit as (
    select
        warehouse_id,
        sku_id,
        greatest(arrival_day, 1) as day,
        0 as on_hand_units,
        in_transit_units as arriving_units
    from counted_batches
    where arrival_day <= $last_day
),

both_kinds as (
    select warehouse_id, sku_id, day, on_hand_units, arriving_units from on_hand
    union all
    select warehouse_id, sku_id, day, on_hand_units, arriving_units from in_transit
)

select
    warehouse_id,
    sku_id,
    day,
    cast(sum(on_hand_units) as double) as on_hand_units,
    cast(sum(arriving_units) as double) as arriving_units
from both_kinds
group by warehouse_id, sku_id, day
having sum(on_hand_units) > 0 or sum(arriving_units) > 0
