-- Favourite product, spend and community per user, from net orders of 180 days: used where the profile
-- is empty. The favourite is the goods on most order days; ties go to the latest.
with recent_lines as (
    select
        user_id,
        sku_id,
        category,
        day,
        community_id,
        ordered_at,
        order_id,
        is_goods,
        net_e4
    from order_lines_as_of
    where user_id is not null and has_net_units and day > $as_of - 180
),

products_bought as (
    select
        user_id,
        sku_id,
        min(category) as category,
        row_number() over (
            partition by user_id order by count(distinct day) desc, max(day) desc, sku_id
        ) as favourite_rank
    from recent_lines
    where is_goods
    group by user_id, sku_id
),

last_communities as (
    select
        user_id,
        community_id,
        row_number() over (
            partition by user_id order by ordered_at desc, order_id desc
        ) as recency_rank
    from recent_lines
),

spend as (
    select user_id, cast(sum(net_e4) as double) / 10000 as spend_90d_yuan
    from recent_lines
    where day > $as_of - 90
    group by user_id
)

select
    l.user_id,
    nullif(l.community_id, 'none') as community_id,
    b.sku_id as favourite_sku_id,
    b.category as favourite_category,
    coalesce(s.spend_90d_yuan, 0) as spend_90d_yuan
from last_communities as l
left join products_bought as b on l.user_id = b.user_id and b.favourite_rank = 1
left join spend as s on l.user_id = s.user_id
where l.recency_rank = 1
