-- Everybody who refused, customer or not: their phone is asked of no one else either.
select user_id
from users
where marketing_opt_out and user_id is not null
union
select user_id
from consent_words
where refused and stands
union
select user_id
from wake_up_answers
union
select user_id
from wake_up_contacts
where opted_out and user_id is not null
order by user_id
