-- Digest per user of 180 days of browsing, as known at $as_of.
select
    user_id,
    sum(
        hash(
            event_id,
            occurred_at,
            action,
            sku_id,
            search_text,
            dwell_seconds,
            case
                when business_date >= $since_30 then 30
                when business_date >= $since_90 then 90
            end
        )
    ) as browsed
from browse
where
    business_date >= $since_180
    and business_date <= $as_of
    and occurred_at < $as_of_end
    and user_id is not null
group by user_id
