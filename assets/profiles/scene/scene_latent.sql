-- Latent interest: a SKU viewed for long, or repeatedly, within 30 days, and not bought since.
-- Views before the last purchase of the SKU led to it and do not count; a purchase more than 90
-- days ago is older than any view that counts.
with purchases as (
    select user_id, sku_id, max(ordered_at) as last_bought_at
    from scene_lines
    group by user_id, sku_id
),

looks as (
    select
        b.user_id,
        b.sku_id,
        count(*) as views,
        max(b.dwell_seconds) as longest_seconds,
        sum(b.dwell_seconds) as total_seconds,
        max(b.occurred_at) as last_seen_at
    from scene_browse as b
    left join purchases as p on b.user_id = p.user_id and b.sku_id = p.sku_id
    where
        b.action = 'view_detail'
        and b.sku_id is not null
        and b.day >= $since_30
        and (p.last_bought_at is null or b.occurred_at > p.last_bought_at)
    group by b.user_id, b.sku_id
),

ranked as (
    select
        user_id,
        sku_id,
        views,
        count(*) over (partition by user_id) as skus,
        row_number() over (
            partition by user_id
            order by views desc, total_seconds desc, last_seen_at desc, sku_id
        ) as rank
    from looks
    where longest_seconds > $latent_dwell_seconds or views >= $latent_detail_views
)

select user_id, skus as latent_interest_skus, sku_id as latent_interest_sku_id, views
from ranked
where rank = 1
