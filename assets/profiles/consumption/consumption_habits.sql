-- Share of a user's orders of 365 days in the modal hour, and share of lines bought within
-- $launch_days of the product's launch, of those with a launch date.
with lines as (
    select user_id, order_id, ordered_at, day, launched_on
    from consumption_lines
    where has_net_units and day >= $since_365
),

hours as (
    select user_id, count(distinct order_id) as orders
    from lines
    group by user_id, extract(hour from ordered_at)
),

usual_hours as (
    select user_id, cast(max(orders) as double) / sum(orders) as usual_hour_share
    from hours
    group by user_id
),

launches as (
    select
        user_id,
        count(launched_on) as launched_lines,
        cast(
            sum(case when date_diff('day', launched_on, day) between 0 and $launch_days then 1 else 0 end)
            as double
        ) / nullif(count(launched_on), 0) as launch_share
    from lines
    group by user_id
)

select h.user_id, h.usual_hour_share, n.launched_lines, n.launch_share
from usual_hours as h
inner join launches as n on h.user_id = n.user_id
