-- Median and interquartile range of the days between order days within the year. Two order days
-- give one interval and no range: a range of one value would look like perfect regularity.
with order_days as (
    select distinct user_id, day
    from consumption_lines
    where has_net_units and day >= $since_365
),

gaps as (
    select
        user_id,
        date_diff('day', lag(day) over (partition by user_id order by day), day) as gap_days
    from order_days
)

select
    user_id,
    count(*) as gaps,
    percentile_cont(0.5) within group (order by cast(gap_days as double)) as rhythm_days,
    case
        when count(gap_days) >= 2
            then
                percentile_cont(0.75) within group (order by cast(gap_days as double))
                - percentile_cont(0.25) within group (order by cast(gap_days as double))
    end as rhythm_spread_days
from gaps
where gap_days is not null
group by user_id
