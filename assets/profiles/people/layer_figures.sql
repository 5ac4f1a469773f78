-- The figures the layers are judged by, one row per user: the profile, and two more from order lines.
-- hour_share: orders in the user's most usual hour, 365 days. launch_share: lines bought within
-- $launch_days of the product's launch, of the lines whose product has a launch date.
with lines as (
    select l.user_id, l.order_id, l.ordered_at, l.day, p.launched_on
    from known_lines as l
    left join products as p on l.sku_id = p.sku_id
    where l.user_id is not null and l.is_kept and l.is_goods and l.day >= $since_365
),

hours as (
    select
        user_id,
        count(distinct order_id) as orders
    from lines
    group by user_id, extract(hour from ordered_at)
),

usual_hours as (
    select user_id, cast(max(orders) as double) / sum(orders) as hour_share
    from hours
    group by user_id
),

launches as (
    select
        user_id,
        cast(
            sum(case when date_diff('day', launched_on, day) between 0 and $launch_days then 1 else 0 end)
            as double
        ) / nullif(count(launched_on), 0) as launch_share
    from lines
    group by user_id
)

select
    c.user_id,
    c.evidence_count,
    c.price_level,
    c.discount_share,
    c.basket_yuan,
    c.rhythm_days,
    c.rhythm_spread_days,
    c.repeat_share,
    h.hour_share,
    c.categories_90d,
    c.skus_90d,
    c.orders_90d,
    n.launch_share,
    s.searches_30d,
    s.quality_searches_30d,
    s.price_searches_30d,
    s.novelty_searches_30d
from profile_consumption as c
left join profile_scene as s on c.user_id = s.user_id and s.as_of = $as_of
left join usual_hours as h on c.user_id = h.user_id
left join launches as n on c.user_id = n.user_id
where c.as_of = $as_of
order by c.user_id
