-- One row per order delivered or failed within 180 days. An order fails when any of its shipments
-- does, so three late lines of one order are one failed purchase, not three. An outcome is known
-- from the last change of the shipment on; without one, from its latest time.
with shipments as (
    select
        order_id,
        dispatched_at,
        coalesce(updated_at, picked_up_at, arrived_at, promised_at, dispatched_at) < $as_of_end
            as outcome_known,
        coalesce(issue, 'none') in ('late', 'damaged', 'short', 'wrong_item')
        or coalesce(shipment_status, '') in ('lost', 'returned') as has_failed,
        arrived_at < $as_of_end
        or coalesce(shipment_status, '') in ('arrived', 'picked_up') as has_arrived
    from logistics
    where business_date >= $since_180 and business_date <= $as_of and dispatched_at < $as_of_end
),

concluded as (
    select order_id, dispatched_at, has_failed
    from shipments
    where outcome_known and (has_failed or has_arrived)
)

select
    c.user_id,
    s.order_id,
    max(s.dispatched_at) as dispatched_at,
    count(*) as shipments,
    max(case when s.has_failed then 1 else 0 end) as failed
from concluded as s
inner join (
    select distinct order_id, user_id
    from lines_of_part
    where order_id in (select order_id from concluded)
) as c
    on s.order_id = c.order_id
group by c.user_id, s.order_id
