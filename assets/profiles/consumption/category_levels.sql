-- Price level per user of the part and category. A separate step: one aggregate with median and
-- counts is three times slower.
select
    user_id,
    category,
    percentile_cont(0.5) within group (order by price_rank) as price_level
from category_lines
where price_rank is not null
group by user_id, category
