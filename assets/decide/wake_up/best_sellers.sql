-- The 20 best sellers of each category in 28 days, by the number of users with a net order of it.
with ranked_skus as (
    select
        category,
        sku_id,
        row_number() over (
            partition by category order by count(distinct user_id) desc, count(*) desc, sku_id
        ) as sales_rank
    from order_lines_as_of
    where has_net_units and is_goods and day > $as_of - 28
    group by category, sku_id
)

select category, sku_id
from ranked_skus
where sales_rank <= 20
order by category, sales_rank
