-- What users looked at wrote in 30 days without stars and without complaining: where people say what
-- they would like. A complaint that names an offer asks for none.
select
    c.message_id,
    c.user_id,
    lower(c.text) as text
from message_signals as s
inner join chat as c on s.message_id = c.message_id
where
    s.as_of = $as_of
    and s.day >= $since_30
    and s.stars is null
    and not s.is_complaint
    and s.user_id in (select user_id from touched)
    and c.text is not null
