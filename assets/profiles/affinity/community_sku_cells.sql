-- Distinct users with a net line of goods per community and SKU, and those of the community.
with lines as (
    select community_id, user_id, sku_id, sku_name, category
    from order_lines_as_of
    where
        has_net_units and is_goods and user_id is not null
        and community_id <> 'none' and day >= $since
),

places as (
    select community_id, count(distinct user_id) as community_users
    from lines
    group by community_id
)

select
    l.community_id,
    l.sku_id,
    min(l.sku_name) as sku_name,
    min(case when l.category <> 'unknown' then l.category end) as category,
    count(distinct l.user_id) as users,
    p.community_users
from lines as l
inner join places as p on l.community_id = p.community_id
group by l.community_id, l.sku_id, p.community_users
