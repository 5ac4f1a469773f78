-- Digest per user of 180 days of shipments, as known at $as_of.
with shipments as (
    select
        order_id,
        hash(
            shipment_id,
            business_date >= $since_90,
            case when dispatched_at < $as_of_end then dispatched_at end,
            case when arrived_at < $as_of_end then arrived_at end,
            case when picked_up_at < $as_of_end then picked_up_at end,
            case
                when
                    coalesce(updated_at, picked_up_at, arrived_at, promised_at, dispatched_at)
                    < $as_of_end
                    then hash(shipment_status, issue)
            end
        ) as digest
    from logistics
    where business_date >= $since_180 and business_date <= $as_of
),

carried as (
    select distinct order_id, user_id
    from order_lines_as_of
    where user_id is not null and order_id in (select order_id from shipments)
)

select c.user_id, sum(s.digest) as received
from shipments as s
inner join carried as c on s.order_id = c.order_id
group by c.user_id
