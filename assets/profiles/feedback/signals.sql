-- The row of every message: its own columns as of today, what was read in it, and the SKU it names
-- where it has none of its own.
select
    s.message_id,
    s.user_id,
    s.day,
    s.channel,
    s.community_id,
    s.order_id,
    coalesce(s.sku_id, n.sku_id) as sku_id,
    case when s.sku_id is null and n.sku_id is not null then $matched_source else s.sku_source end
        as sku_source,
    s.stars,
    r.* exclude (message_id),
    s.reading_digest
from messages_with_digest as s
inner join classified_messages as r on s.message_id = r.message_id
left join texts_with_sku as n on s.text = n.text and s.sku_id is null
