-- Orders of 90 days with known arrival and pick-up, of the users of the part.
with arrived as (
    select order_id, arrived_at, picked_up_at
    from logistics
    where
        business_date >= $since_90
        and business_date <= $as_of
        and picked_up_at >= arrived_at
        and picked_up_at < $as_of_end
)

select
    c.user_id,
    a.picked_up_at,
    extract(hour from a.picked_up_at) as hour,
    date_diff('second', a.arrived_at, a.picked_up_at) / 3.6e3 as delay_hours
from arrived as a
inner join (
    select distinct order_id, user_id
    from lines_of_part
    where order_id in (select order_id from arrived)
) as c
    on a.order_id = c.order_id
