-- How many users the rules leave out, by reason.
select cast($as_of as date) as as_of, reason_code, users
from wake_up_counts
order by reason_code
