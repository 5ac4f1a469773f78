-- Median and interquartile range of the days between order days in a category.
select
    user_id,
    category,
    count(*) as gaps,
    percentile_cont(0.5) within group (order by gap_days) as cycle_days,
    percentile_cont(0.75) within group (order by gap_days)
    - percentile_cont(0.25) within group (order by gap_days) as spread_days
from category_gaps
group by user_id, category
