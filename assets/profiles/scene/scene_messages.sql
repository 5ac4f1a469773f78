-- What users looked at asked for in messages of 30 days. Only wishes: who asks how a coupon is used,
-- or complains of an offer, asks for nothing cheap.
select
    c.message_id,
    c.user_id,
    lower(c.text) as text
from message_signals as s
inner join chat as c on s.message_id = c.message_id
where
    s.as_of = $as_of
    and s.day >= $since_30
    and s.is_wish
    and s.user_id in (select user_id from users_of_part)
    and c.text is not null
