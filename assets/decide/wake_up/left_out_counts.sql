-- Number of users that the rules leave out, by reason.
select cast($as_of as date) as as_of, reason_code, users
from users_by_reason
order by reason_code
