-- Order lines of known users. A line stays kept until the instant a full cancellation became known; a
-- snapshot sees it as kept when that instant is not before the snapshot's end, as in
-- `order_lines_as_of`. Money is decimal: its sums do not depend on the order of the rows.
with parts as (
    select
        user_id,
        order_id,
        coalesce(community_id, 'none') as community_id,
        sku_id,
        category,
        day,
        ordered_at,
        ordered_units,
        cancelled_units,
        cancellation_known_at,
        refund_known_at,
        cast(refund_yuan as decimal(18, 4)) as refund_yuan,
        cast(coalesce(gross_yuan, 0) as decimal(18, 4)) as gross_yuan,
        cast(coalesce(list_price_yuan, unit_price_yuan, 0) * ordered_units as decimal(18, 4))
            as list_yuan
    from order_lines
    where
        user_id is not null
        and day <= $as_of
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
        when cancelled_units >= ordered_units then cancellation_known_at
        else timestamp '9999-12-31 00:00:00'
    end as kept_until,
    case when cancelled_units > 0 then cancellation_known_at end as cancelled_known_at,
    case when refund_yuan > 0 then refund_known_at end as refunded_known_at,
    cast(gross_yuan * cancelled_units / ordered_units as decimal(18, 4)) as cancelled_yuan,
    refund_yuan
from parts
