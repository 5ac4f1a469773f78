-- Reviews with text and stars known at $as_of, latest first: what the polarity model learns from.
select
    text,
    stars
from chat
where
    coalesce(sender_role, 'user') = 'user'
    and stars is not null
    and text is not null
    and business_date >= $since
    and business_date <= $as_of
    and sent_at < $as_of_end
order by sent_at desc, message_id asc
