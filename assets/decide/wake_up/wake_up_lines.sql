-- The lines of the day in the columns of the contract.
select cast($as_of as date) as as_of, *
from selected_users
order by priority, user_id
