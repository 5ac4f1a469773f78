-- Items that are paired: the most bought by distinct users, $most_skus SKUs and $most_categories
-- categories; ties by name.
with counted as (
    select level, item, min(item_name) as item_name, count(distinct user_id) as users
    from basket_items
    group by level, item
),

ranked as (
    select
        *,
        row_number() over (partition by level order by users desc, item) as rank
    from counted
    where users >= $users_from
)

select level, item, item_name
from ranked
where rank <= case when level = 'sku' then $most_skus else $most_categories end
