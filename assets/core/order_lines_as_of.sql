-- Order lines as known at the last instant of $as_of, or at an earlier $as_of_end within it.
--
-- A later cancellation or refund is not seen: the line counts as ordered. sold_units is demand
-- (ordered minus cancelled); a refund after a bad delivery lowers the money, not the demand.
with known as (
    select
        *,
        case when cancellation_known_at < $as_of_end then cancelled_units else 0.0 end
            as known_cancelled_units,
        case when refund_known_at < $as_of_end then refund_yuan else 0.0 end as known_refund_yuan
    from order_lines
    where day <= $as_of and ordered_at < $as_of_end
),

net as (
    select
        *,
        ordered_units - known_cancelled_units as sold_units,
        -- unknown money stays unknown: greatest() alone would make it 0
        case
            when gross_yuan is not null then greatest(
                0.0,
                gross_yuan
                - greatest(known_refund_yuan, gross_yuan * known_cancelled_units / ordered_units)
            )
        end as net_yuan
    from known
)

select
    n.order_id,
    n.line_id,
    n.user_id,
    coalesce(n.community_id, 'none') as community_id,
    coalesce(c.warehouse_id, n.community_id, 'all') as warehouse_id,
    c.region_id,
    c.leader_id,
    n.sku_id,
    coalesce(p.sku_name, n.sku_name, n.sku_id) as sku_name,
    coalesce(p.category, n.category, 'unknown') as category,
    coalesce(p.is_goods, not n.is_charge_by_name) as is_goods,
    n.day,
    n.ordered_at,
    coalesce(n.sale_unit, p.sale_unit, 'piece') as sale_unit,
    coalesce(n.fulfilment_mode, p.fulfilment_mode) as fulfilment_mode,
    n.activity_id,
    n.ordered_units,
    n.known_cancelled_units as cancelled_units,
    case when n.known_cancelled_units > 0 then n.cancellation_known_at end as cancelled_at,
    n.sold_units,
    n.sold_units > 0 as has_net_units,
    n.unit_price_yuan,
    coalesce(n.list_price_yuan, cast(p.list_price_yuan as double)) as list_price_yuan,
    n.coupon_yuan,
    n.gross_yuan,
    n.known_refund_yuan as refund_yuan,
    n.net_yuan,
    n.ordered_e4,
    cast(round(n.known_cancelled_units * 10000) as bigint) as cancelled_e4,
    cast(round(n.sold_units * 10000) as bigint) as sold_e4,
    n.gross_e4,
    cast(round(n.known_refund_yuan * 10000) as bigint) as refund_e4,
    cast(round(n.net_yuan * 10000) as bigint) as net_e4
from net as n
left join communities as c on n.community_id = c.community_id
left join products as p on n.sku_id = p.sku_id
