-- Warehouses and the SKUs they are supplied with: sold or counted there since $since, ordered for
-- it by then, or named in its terms. A product that was in no warehouse yet may come to each.
with known_pairs as (
    select warehouse_id, sku_id
    from demand_day
    where as_of = $as_of and day >= $since
    union
    select warehouse_id, sku_id
    from stock
    where counted_at >= $since and counted_at < $as_of_end
    union
    select warehouse_id, sku_id
    from purchase_orders
    where warehouse_id is not null and ordered_at >= $since and ordered_at < $as_of_end
    union
    select warehouse_id, sku_id
    from supply_terms
    where warehouse_id is not null
),

warehouses as (
    select distinct warehouse_id from known_pairs
),

placed_skus as (
    select distinct sku_id from known_pairs
),

new_skus as (
    select p.sku_id
    from products as p
    left join placed_skus as k on p.sku_id = k.sku_id
    where
        k.sku_id is null
        and coalesce(p.is_goods, true)
        and coalesce(p.delisted_on > $as_of, true)
)

select warehouse_id, sku_id from known_pairs
union all
select w.warehouse_id, n.sku_id
from warehouses as w
cross join new_skus as n
