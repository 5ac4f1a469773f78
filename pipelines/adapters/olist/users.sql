-- One row per person. The first purchase is not a registration, so registration stays empty.
select
    user_id,
    community_id
from homes
order by user_id
