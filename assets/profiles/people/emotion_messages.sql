-- What users wrote and the stars they gave in 180 days, as known at $as_of.
select
    message_id,
    user_id,
    business_date as day,
    channel,
    text,
    stars
from chat
where
    user_id is not null
    and coalesce(sender_role, 'user') = 'user'
    and business_date >= $since_180
    and business_date <= $as_of
    and sent_at < $as_of_end
    and (text is not null or stars is not null)
order by message_id
