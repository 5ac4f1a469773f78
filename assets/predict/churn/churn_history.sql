-- Order history of each user up to a snapshot. Sums are over integers and decimals only, so they
-- are the same to the bit in any row order.
select
    snapshot,
    user_id,
    min(age_days) as recency_days,
    max(age_days) as tenure_days,
    cast(sum(orders) as bigint) as orders,
    coalesce(cast(sum(orders) filter (where age_days < 7) as bigint), 0) as orders_7d,
    coalesce(cast(sum(orders) filter (where age_days < 14) as bigint), 0) as orders_14d,
    coalesce(cast(sum(orders) filter (where age_days < 30) as bigint), 0) as orders_30d,
    coalesce(cast(sum(orders) filter (where age_days between 30 and 59) as bigint), 0)
        as orders_30d_before,
    coalesce(cast(sum(orders) filter (where age_days < 60) as bigint), 0) as orders_60d,
    coalesce(cast(sum(orders) filter (where age_days < 90) as bigint), 0) as orders_90d,
    coalesce(cast(sum(orders) filter (where age_days < 180) as bigint), 0) as orders_180d,
    coalesce(cast(sum(orders) filter (where age_days < 365) as bigint), 0) as orders_365d,
    count(*) filter (where age_days < $window_days) as order_days,
    median(gap_days) filter (where age_days < $window_days) as gap_median_days,
    count(gap_days) filter (where age_days < $window_days) as gaps,
    cast(sum(gap_days) filter (where age_days < $window_days) as bigint) as gap_sum_days,
    cast(sum(gap_days * gap_days) filter (where age_days < $window_days) as bigint)
        as gap_square_sum,
    max(gap_days) filter (where days_back = 1) as last_gap_days,
    cast(coalesce(sum(gross_yuan) filter (where age_days < 365), 0) as double) as gross_365d_yuan,
    cast(coalesce(sum(list_yuan) filter (where age_days < 365), 0) as double) as list_365d_yuan,
    cast(max(gross_yuan) filter (where days_back = 1) as double) as last_basket_yuan,
    count(*) filter (where age_days < $window_days and isodow(day) >= 6) as weekend_days
from churn_days
group by snapshot, user_id
