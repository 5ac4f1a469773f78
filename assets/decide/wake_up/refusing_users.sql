-- All users who refused, customers or not; other users with the same phone are left out too.
select user_id
from users
where marketing_opt_out and user_id is not null
union
select user_id
from consent_words
where refused and stands
union
select user_id
from refusals_in_answers
union
select user_id
from contact_history
where opted_out and user_id is not null
order by user_id
