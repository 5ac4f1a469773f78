-- Intents in messages of 30 days of the users of the part. Only wishes count: a question about a
-- coupon or a complaint about an offer does not ask for a low price.
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
