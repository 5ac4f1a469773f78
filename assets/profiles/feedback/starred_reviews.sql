-- Training set of the polarity model: the latest good and bad reviews with text known at
-- $known_end, as `models.feedback.classify.fit_classifier` selects them. A text of Unicode blanks
-- counts as empty.
select
    message_id,
    sent_at,
    text,
    stars
from chat
where
    coalesce(sender_role, 'user') = 'user'
    and (stars <= $bad_to_stars or stars >= $good_from_stars)
    and regexp_matches(text, '[^\s\v\p{Z}\x1c-\x1f\x{85}]')
    and business_date >= $since
    and business_date <= $known_on
    and sent_at < $known_end
order by sent_at desc, message_id asc
limit $max_reviews
