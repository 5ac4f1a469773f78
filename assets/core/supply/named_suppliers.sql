-- Suppliers of each warehouse and SKU, with the first file that names them: terms, product file,
-- orders known at $as_of_end. Where none is named the supplier is empty.
with mentions as (
    select p.warehouse_id, p.sku_id, t.supplier_id, 1 as place, 'terms' as named_by
    from supply_pairs as p
    inner join terms_of_day as t
        on p.sku_id = t.sku_id and coalesce(t.warehouse_id, p.warehouse_id) = p.warehouse_id
    union all
    select p.warehouse_id, p.sku_id, k.supplier_id, 2 as place, 'product' as named_by
    from supply_pairs as p
    inner join products as k on p.sku_id = k.sku_id
    where k.supplier_id is not null
    union all
    select p.warehouse_id, p.sku_id, o.supplier_id, 3 as place, 'purchase_orders' as named_by
    from supply_pairs as p
    inner join purchase_orders as o
        on p.sku_id = o.sku_id and coalesce(o.warehouse_id, p.warehouse_id) = p.warehouse_id
    where o.supplier_id is not null and o.ordered_at >= $since and o.ordered_at < $as_of_end
),

ranked_mentions as (
    select
        *,
        row_number() over (
            partition by warehouse_id, sku_id, supplier_id order by place
        ) as mention_rank
    from (select distinct * from mentions) as distinct_mentions
)

select
    p.warehouse_id,
    p.sku_id,
    m.supplier_id,
    coalesce(m.named_by, 'unknown') as named_by
from supply_pairs as p
left join ranked_mentions as m
    on p.warehouse_id = m.warehouse_id and p.sku_id = m.sku_id and m.mention_rank = 1
