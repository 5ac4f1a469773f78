-- Signals of the latest stored day ($previous_as_of) that are still valid: same message, same digest.
select
    p.message_id,
    p.polarity,
    p.text_polarity,
    p.polarity_source,
    p.emotion,
    p.freshness_polarity,
    p.packaging_polarity,
    p.delivery_polarity,
    p.service_polarity,
    p.price_polarity,
    p.weight_polarity,
    p.as_described_polarity,
    p.main_aspect,
    p.is_complaint,
    p.complaint_grade,
    p.is_wish,
    p.is_belonging
from message_signals as p
inner join messages_with_digest as s on p.message_id = s.message_id and p.reading_digest = s.reading_digest
where p.as_of = $previous_as_of
