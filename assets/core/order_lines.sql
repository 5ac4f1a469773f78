-- Order lines with quantities and money as integers, and when a cancellation or refund became known.
--
-- …_e4: ten-thousandths of a sale unit or of a yuan, so that sums do not depend on the order of the
-- rows. Where the export has no time for a cancellation or refund, updated_at is used. cancelled_units
-- and refund_yuan are the latest values: a step for an instant counts them only if they were known by
-- then (`order_lines_as_of`).
with amounts as (
    select
        *,
        case
            when coalesce(cancelled_units, 0) > 0 then least(cancelled_units, quantity_units)
            when order_status in ('cancelled', 'unpaid') then quantity_units
            else 0.0
        end as units_cancelled,
        cast(
            coalesce(paid_amount_yuan, quantity_units * unit_price_yuan - coalesce(coupon_yuan, 0))
            as double
        ) as gross_yuan
    from orders
)

select
    order_id,
    line_id,
    user_id,
    community_id,
    sku_id,
    sku_name,
    category,
    coalesce(repairs, '') like '%sku_name:charge%' as is_charge_by_name,
    business_date as day,
    ordered_at,
    sale_unit,
    fulfilment_mode,
    activity_id,
    quantity_units as ordered_units,
    units_cancelled as cancelled_units,
    coalesce(cancelled_at, updated_at, ordered_at) as cancellation_known_at,
    cast(unit_price_yuan as double) as unit_price_yuan,
    cast(list_price_yuan as double) as list_price_yuan,
    cast(coalesce(coupon_yuan, 0) as double) as coupon_yuan,
    gross_yuan,
    cast(coalesce(refund_yuan, 0) as double) as refund_yuan,
    coalesce(refunded_at, updated_at, ordered_at) as refund_known_at,
    cast(round(quantity_units * 10000) as bigint) as ordered_e4,
    cast(round(gross_yuan * 10000) as bigint) as gross_e4
from amounts
