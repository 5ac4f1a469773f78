-- Order lines of known users, slim. A line stays kept until the instant a full cancellation became
-- known; a snapshot sees it as kept when that instant is not before the snapshot's end, the same
-- rule as order_lines_as_of.sql. Money is decimal: its sums do not depend on the order of the rows.
with parts as (
    select
        user_id,
        order_id,
        coalesce(community_id, 'none') as community_id,
        sku_id,
        category,
        business_date as day,
        ordered_at,
        quantity_units,
        coalesce(cancelled_at, updated_at, ordered_at) as cancellation_at,
        coalesce(refunded_at, updated_at, ordered_at) as refund_at,
        case
            when coalesce(cancelled_units, 0) > 0 then least(cancelled_units, quantity_units)
            when order_status in ('cancelled', 'unpaid') then quantity_units
            else 0.0
        end as gone_units,
        coalesce(refund_yuan, 0) as refund_yuan,
        cast(coalesce(
            paid_amount_yuan, quantity_units * unit_price_yuan - coalesce(coupon_yuan, 0), 0
        ) as decimal(18, 4)) as gross_yuan,
        cast(
            coalesce(list_price_yuan, unit_price_yuan, 0) * quantity_units as decimal(18, 4)
        ) as list_yuan
    from orders
    where user_id is not null
        and business_date <= $as_of
        and ordered_at < $as_of_end
        and substr(md5(user_id), 1, 4) < $hash_below
)

select
    user_id,
    order_id,
    community_id,
    sku_id,
    category,
    day,
    ordered_at,
    gross_yuan,
    greatest(list_yuan, gross_yuan) as list_yuan,
    case
        when gone_units >= quantity_units then cancellation_at
        else timestamp '9999-12-31 00:00:00'
    end as kept_until,
    case when gone_units > 0 then cancellation_at end as cancelled_known_at,
    case when refund_yuan > 0 then refund_at end as refunded_known_at,
    cast(gross_yuan * gone_units / quantity_units as decimal(18, 4)) as cancelled_yuan,
    refund_yuan
from parts
