-- The list of the day as the contract wants it.
select cast($as_of as date) as as_of, *
from wake_up_frame
order by priority, user_id
