-- One shipment per order that was handed to the carrier, with or without items. What became of a
-- cancelled order under way is not in the source, and neither is why something came late.
select
    order_id as shipment_id,
    order_id,
    dispatched_at,
    promised_on + interval 1 day - interval 1 second as promised_at,
    arrived_at,
    case
        when arrived_at is not null or status = 'delivered' then 'arrived'
        when status = 'shipped' then 'in_transit'
    end as shipment_status,
    case
        when cast(arrived_at as date) > promised_on then 'late'
        when cast(arrived_at as date) <= promised_on then 'none'
    end as issue,
    community_id
from purchases
where dispatched_at is not null
order by dispatched_at, order_id
