-- One line per item of an order, so that nothing is hidden from the row rules: an item whose order
-- is unknown has no time and is refused by them.
select
    i.order_id,
    cast(i.item_number as varchar) as line_id,
    o.ordered_at,
    o.approved_at as paid_at,
    greatest(o.ordered_at, o.approved_at, o.dispatched_at, o.arrived_at) as updated_at,
    o.user_id,
    o.community_id,
    i.product_id as sku_id,
    coalesce(g.category_english, g.category_portuguese) as category,
    1 as quantity_units,
    'piece' as sale_unit,
    i.price as unit_price_yuan,
    case when o.approved_at is not null and b.due = b.paid then i.price end as paid_amount_yuan,
    case when o.status in ('canceled', 'unavailable') then 1 end as cancelled_units,
    case
        when o.status = 'created' then 'placed'
        when o.status in ('approved', 'invoiced', 'processing') then 'paid'
        when o.status = 'shipped' then 'shipped'
        when o.status = 'delivered' then 'completed'
        when o.status in ('canceled', 'unavailable') then 'cancelled'
    end as order_status
from items as i
left join purchases as o on i.order_id = o.order_id
left join goods as g on i.product_id = g.product_id
left join bills as b on i.order_id = b.order_id
order by o.ordered_at, i.order_id, i.item_number
