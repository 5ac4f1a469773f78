-- Warehouse and SKU without stock on hand or in transit at the last count. Presale goods have no stock
-- and never count as sold out.
with counts_with_last_day as (
    select
        warehouse_id,
        sku_id,
        counted_at,
        on_hand_units,
        in_transit_units,
        max(cast(counted_at as date)) over (partition by warehouse_id, sku_id) as last_day
    from stock
    where counted_at < $as_of_end
)

select c.warehouse_id, c.sku_id
from counts_with_last_day as c
left join products as p on c.sku_id = p.sku_id
where
    cast(c.counted_at as date) = c.last_day
    and coalesce(p.fulfilment_mode, 'prestock') <> 'presale'
group by c.warehouse_id, c.sku_id
having max(c.on_hand_units) <= 0 and coalesce(max(c.in_transit_units), 0) <= 0
