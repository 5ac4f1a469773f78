-- Browsing of 90 days of the users of the part, as known at $as_of.
select
    event_id,
    user_id,
    occurred_at,
    business_date as day,
    action,
    sku_id,
    search_text,
    cast(coalesce(dwell_seconds, 0) as decimal(18, 4)) as dwell_seconds
from browse
where
    business_date >= $since_90 and business_date <= $as_of and occurred_at < $as_of_end
    and user_id in (select user_id from users_of_part)
