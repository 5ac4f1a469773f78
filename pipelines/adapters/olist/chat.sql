-- Every review row is one message. A review of several orders is the same message each
-- time: it names no order then, so that its rows are equal and count as duplicates.
with review_messages as (
    select
        r.*,
        count(*) over (partition by r.review_id) as orders
    from reviews as r
),

baskets as (
    select order_id, min(product_id) as product_id, count(distinct product_id) as products
    from items
    group by order_id
)

select
    t.review_id as message_id,
    t.answered_at as sent_at,
    'review' as channel,
    'user' as sender_role,
    o.user_id,
    case when t.orders = 1 then o.community_id else h.community_id end as community_id,
    case when t.orders = 1 and b.products = 1 then b.product_id end as sku_id,
    case when t.orders = 1 then t.order_id end as order_id,
    t.text,
    t.stars
from review_messages as t
left join purchases as o on t.order_id = o.order_id
left join baskets as b on t.order_id = b.order_id
left join homes as h on o.user_id = h.user_id
order by t.answered_at, t.review_id
