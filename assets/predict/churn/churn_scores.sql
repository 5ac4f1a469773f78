-- Scores of the day; a ratio without an interpurchase time is empty, not nan.
select
    cast($as_of as date) as as_of,
    user_id,
    churn_30d,
    recency_days,
    orders,
    case when isnan(rhythm_days) then null else rhythm_days end as rhythm_days,
    case when isnan(overdue_ratio) then null else overdue_ratio end as overdue_ratio,
    model_version,
    fallback
from scored
order by user_id
