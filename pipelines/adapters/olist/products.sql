-- One row per product, with the seller of most of its items (ties by id) as its usual supplier. The
-- source has no names; a label of category and id keeps lists readable.
with sellers as (
    select
        product_id,
        seller_id,
        row_number() over (partition by product_id order by count(*) desc, seller_id) as place
    from items
    where seller_id is not null
    group by product_id, seller_id
)

select
    g.product_id as sku_id,
    concat_ws(
        ' ', coalesce(g.category_english, g.category_portuguese), left(g.product_id, 8)
    ) as sku_name,
    coalesce(g.category_english, g.category_portuguese) as category,
    'piece' as sale_unit,
    'prestock' as fulfilment_mode,
    s.seller_id as supplier_id,
    true as is_goods
from goods as g
left join sellers as s on g.product_id = s.product_id and s.place = 1
order by g.product_id
