-- The 20 best sellers of each category in 28 days, by users who kept one.
with ranked as (
    select
        category,
        sku_id,
        row_number() over (
            partition by category order by count(distinct user_id) desc, count(*) desc, sku_id
        ) as place
    from known_lines
    where is_kept and is_goods and day > $as_of - 28
    group by category, sku_id
)

select category, sku_id
from ranked
where place <= 20
order by category, place
