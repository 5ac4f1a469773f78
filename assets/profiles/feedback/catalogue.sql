-- Products known at $as_of, and whether they are on offer then. A SKU missing from the product file
-- is named as in its latest order. A product launched later is not known yet.
with ordered as (
    select
        sku_id,
        sku_name,
        repairs,
        row_number() over (
            partition by sku_id
            order by ordered_at desc, order_id desc, line_id desc
        ) as rank
    from orders
    where
        business_date <= $as_of
        and ordered_at < $as_of_end
        and sku_id is not null
        and sku_name is not null
)

select
    coalesce(p.sku_id, o.sku_id) as sku_id,
    coalesce(p.sku_name, o.sku_name) as sku_name,
    p.brand,
    x.sku_id is null as is_on_offer
from products as p
full join (select * from ordered where rank = 1) as o on p.sku_id = o.sku_id
left join off_offer as x on p.sku_id = x.sku_id and $as_of between x.from_day and x.until_day
where
    coalesce(p.is_goods, coalesce(p.repairs, o.repairs, '') not like '%sku_name:charge%')
    and (p.launched_on is null or p.launched_on <= $as_of or o.sku_id is not null)
order by 1
