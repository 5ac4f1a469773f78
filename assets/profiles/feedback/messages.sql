-- Messages and stars of users since $since, as known at $as_of. A message without a SKU gets the
-- SKU of its order if that order, as known by then, has only one.
with single as (
    select
        order_id,
        min(sku_id) as sku_id
    from orders
    where business_date <= $as_of and ordered_at < $as_of_end and sku_id is not null
    group by order_id
    having count(distinct sku_id) = 1
)

select
    c.message_id,
    c.user_id,
    c.business_date as day,
    c.channel,
    c.community_id,
    c.order_id,
    coalesce(c.sku_id, s.sku_id) as sku_id,
    case when c.sku_id is not null then 'given' when s.sku_id is not null then 'order' end
        as sku_source,
    c.text,
    c.stars
from chat as c
left join single as s on c.order_id = s.order_id
where
    c.user_id is not null
    and coalesce(c.sender_role, 'user') = 'user'
    and c.business_date >= $since
    and c.business_date <= $as_of
    and c.sent_at < $as_of_end
    and (c.text is not null or c.stars is not null)
order by c.message_id
