-- What each user usually buys and spends, from kept lines of goods: stands in where the profile is
-- empty. The usual product is the one on most order days of 180 days, the latest of equals.
with recent as (
    select
        user_id,
        sku_id,
        category,
        day,
        community_id,
        ordered_at,
        order_id,
        is_goods,
        cast(net_yuan as decimal(18, 4)) as net_yuan
    from known_lines
    where user_id is not null and is_kept and day > $as_of - 180
),

products_bought as (
    select
        user_id,
        sku_id,
        min(category) as category,
        row_number() over (
            partition by user_id order by count(distinct day) desc, max(day) desc, sku_id
        ) as place
    from recent
    where is_goods
    group by user_id, sku_id
),

last_places as (
    select
        user_id,
        community_id,
        row_number() over (partition by user_id order by ordered_at desc, order_id desc) as place
    from recent
),

spent as (
    select user_id, cast(sum(net_yuan) as double) as spend_90d_yuan
    from recent
    where day > $as_of - 90
    group by user_id
)

select
    l.user_id,
    nullif(l.community_id, 'none') as community_id,
    b.sku_id as usual_sku_id,
    b.category as usual_category,
    coalesce(s.spend_90d_yuan, 0) as spend_90d_yuan
from last_places as l
left join products_bought as b on l.user_id = b.user_id and b.place = 1
left join spent as s on l.user_id = s.user_id
where l.place = 1
