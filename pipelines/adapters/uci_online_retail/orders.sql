-- Every source row is one line, so that nothing is hidden from the row rules. A cancellation nets to
-- zero: all its units are cancelled, and what was given back stays readable.
select
    invoice as order_id,
    sku_id || '-' || content as line_id,
    invoiced_at as ordered_at,
    customer as user_id,
    country as community_id,
    sku_id,
    description as sku_name,
    case when is_cancellation then abs(quantity_units) else quantity_units end as quantity_units,
    'piece' as sale_unit,
    unit_price as unit_price_yuan,
    case when is_cancellation then abs(quantity_units) end as cancelled_units,
    case when is_cancellation then invoiced_at end as cancelled_at,
    case when is_cancellation then abs(quantity_units) * unit_price end as refund_yuan,
    case when is_cancellation then invoiced_at end as refunded_at,
    case when is_cancellation then 'refunded' end as order_status
from source
order by invoiced_at, order_id, line_id
