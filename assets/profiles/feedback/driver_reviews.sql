-- Starred reviews since $since with their signals and what is known at $as_of about the delivery of
-- their order: the issue of the first shipment that had one, `none` where all arrived without,
-- empty where unknown. An outcome is known from the last change of the shipment on.
with shipments as (
    select
        order_id,
        shipment_id,
        dispatched_at,
        coalesce(updated_at, picked_up_at, arrived_at, promised_at, dispatched_at) < $as_of_end
            as outcome_known,
        coalesce(issue, 'none') as issue
    from logistics
    where business_date <= $as_of and dispatched_at < $as_of_end
),

outcomes as (
    select
        order_id,
        issue,
        row_number() over (
            partition by order_id
            order by case when issue = 'none' then 1 else 0 end, dispatched_at, shipment_id
        ) as rank
    from shipments
    where outcome_known
)

select
    m.user_id,
    m.stars,
    m.freshness_polarity,
    m.packaging_polarity,
    m.delivery_polarity,
    m.service_polarity,
    m.price_polarity,
    m.weight_polarity,
    m.as_described_polarity,
    o.issue
from message_signals as m
left join outcomes as o on m.order_id = o.order_id and o.rank = 1
where m.as_of = $as_of and m.stars is not null and m.day >= $since
order by m.message_id
