-- One row per message: its own columns as of today, the signals of its text, and the SKU its text
-- names where it has none of its own.
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
    c.polarity,
    c.text_polarity,
    c.polarity_source,
    c.emotion,
    c.freshness_polarity,
    c.packaging_polarity,
    c.delivery_polarity,
    c.service_polarity,
    c.price_polarity,
    c.weight_polarity,
    c.as_described_polarity,
    c.main_aspect,
    c.is_complaint,
    c.complaint_grade,
    c.is_wish,
    c.is_belonging,
    s.reading_digest
from messages_with_digest as s
inner join classified_messages as c on s.message_id = c.message_id
left join texts_with_sku as n on s.text = n.text and s.sku_id is null
