-- Lines per user of the part, category and day.
select user_id, category, day, count(*) as lines, count(price_rank) as ranked_lines
from category_lines
group by user_id, category, day
