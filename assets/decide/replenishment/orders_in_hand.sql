-- Units ordered that have not left the warehouse, per warehouse and SKU.
--
-- A line has left with its own shipment or that of its order, or when its status says so and was updated
-- before $as_of_end. Without logistics and without a known status a line is not counted, except orders
-- of the business day itself: presale needs them, and they cannot have been delivered yet.
with shipments as (
    select distinct order_id, coalesce(line_id, '*') as line_id
    from logistics
    where business_date <= $as_of and dispatched_at < $as_of_end
),

open_lines as (
    select
        l.warehouse_id,
        l.sku_id,
        l.day,
        cast(l.sold_units as decimal(18, 4)) as units,
        case
            when coalesce(o.updated_at, o.ordered_at) < $as_of_end then o.order_status
        end as known_status,
        w.order_id is not null or p.order_id is not null as has_left
    from order_lines_as_of as l
    inner join orders as o on l.order_id = o.order_id and l.line_id = o.line_id
    left join shipments as w on l.order_id = w.order_id and w.line_id = '*'
    left join shipments as p on l.order_id = p.order_id and l.line_id = p.line_id
    where
        l.has_net_units
        and l.is_goods
        and l.day >= $first_open_day
        and o.business_date >= $first_open_day
),

lines_with_state as (
    select
        *,
        has_left or coalesce(known_status, '') in ('shipped', 'arrived', 'completed', 'refunded')
            as is_done,
        $has_logistics or known_status is not null as is_knowable
    from open_lines
)

select
    warehouse_id,
    sku_id,
    sum(case when is_knowable and not is_done then units else 0 end) as orders_in_hand_units,
    sum(case when not is_done and day = $as_of then units else 0 end) as presale_orders_units,
    sum(case when is_done or is_knowable then 0 else 1 end) as unknowable_lines
from lines_with_state
group by warehouse_id, sku_id
