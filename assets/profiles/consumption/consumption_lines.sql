-- Goods lines of the users of the part, with money as decimals so that sums do not depend on the
-- order of the rows. Unknown money stays empty. A discount needs both list price and price.
select
    l.user_id,
    l.order_id,
    l.sku_id,
    nullif(l.category, 'unknown') as category,
    l.sale_unit,
    l.day,
    l.ordered_at,
    l.has_net_units,
    p.launched_on,
    case when l.gross_yuan is not null then cast(l.net_yuan as decimal(18, 4)) end as spend_yuan,
    cast(l.gross_yuan as decimal(18, 4)) as paid_yuan,
    cast(l.refund_yuan as decimal(18, 4)) as refund_yuan,
    case
        when l.list_price_yuan > 0 and l.unit_price_yuan is not null
            then cast(l.list_price_yuan * l.sold_units as decimal(18, 4))
    end as list_value_yuan,
    case
        when l.list_price_yuan > 0 and l.unit_price_yuan is not null
            then cast(
                greatest(l.list_price_yuan - l.unit_price_yuan, 0.0) * l.sold_units
                + l.coupon_yuan * l.sold_units / l.ordered_units
                as decimal(18, 4)
            )
    end as discount_yuan,
    r.price_rank,
    min(case when l.has_net_units then l.day end) over (partition by l.user_id, l.sku_id) < l.day
        as is_repeat
from lines_of_part as l
left join products as p on l.sku_id = p.sku_id
left join ranks as r
    on l.sku_id = r.sku_id and l.category = r.category and l.sale_unit = r.sale_unit
where l.is_goods
