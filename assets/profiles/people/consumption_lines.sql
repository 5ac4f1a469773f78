-- Goods lines of users, with money as exact decimals so that sums do not depend on the order of rows.
-- Money that is not known stays empty. The discount counts only where list price and price are known.
select
    user_id,
    order_id,
    sku_id,
    nullif(category, 'unknown') as category,
    sale_unit,
    day,
    is_kept,
    case when gross_yuan is not null then cast(net_yuan as decimal(18, 4)) end as spend_yuan,
    cast(gross_yuan as decimal(18, 4)) as paid_yuan,
    cast(refund_yuan as decimal(18, 4)) as refund_yuan,
    case
        when list_price_yuan > 0 and unit_price_yuan is not null
            then cast(list_price_yuan * sold_units as decimal(18, 4))
    end as list_value_yuan,
    case
        when list_price_yuan > 0 and unit_price_yuan is not null
            then cast(
                greatest(list_price_yuan - unit_price_yuan, 0.0) * sold_units
                + coupon_yuan * sold_units / ordered_units
                as decimal(18, 4)
            )
    end as discount_yuan,
    min(case when is_kept then day end) over (partition by user_id, sku_id) < day as is_repeat
from known_lines
where user_id is not null and is_goods
