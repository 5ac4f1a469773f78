-- SKU and category bought on most order days of the last 180; ties: the latest, then by id.
with sku_days as (
    select
        user_id,
        sku_id,
        count(distinct day) as days,
        row_number() over (
            partition by user_id order by count(distinct day) desc, max(day) desc, sku_id
        ) as rank
    from consumption_lines
    where has_net_units and day >= $since_180
    group by user_id, sku_id
),

category_days as (
    select
        user_id,
        category,
        count(distinct day) as days,
        row_number() over (
            partition by user_id order by count(distinct day) desc, max(day) desc, category
        ) as rank
    from consumption_lines
    where has_net_units and day >= $since_180 and category is not null
    group by user_id, category
)

select
    s.user_id,
    s.sku_id as usual_sku_id,
    s.days as usual_sku_days,
    c.category as usual_category,
    c.days as usual_category_days
from sku_days as s
left join category_days as c on s.user_id = c.user_id and c.rank = 1
where s.rank = 1
