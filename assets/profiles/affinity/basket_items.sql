-- Net order lines of goods of known users since $since, once as SKU and once as category. A line
-- without a category has no category row.
with lines as (
    select k.user_id, g.user_group, k.order_id, k.day, k.sku_id, k.sku_name, k.category
    from order_lines_as_of as k
    inner join user_groups as g on k.user_id = g.user_id
    where k.has_net_units and k.is_goods and k.day >= $since
)

select
    'sku' as level,
    user_id,
    user_group,
    order_id,
    day,
    sku_id as item,
    sku_name as item_name
from lines

union all

select
    'category' as level,
    user_id,
    user_group,
    order_id,
    day,
    category as item,
    category as item_name
from lines
where category <> 'unknown'
