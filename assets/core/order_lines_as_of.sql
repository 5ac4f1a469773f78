-- Order lines as they stood at the last instant of $as_of, or at an earlier $as_of_end within it.
--
-- A cancellation or refund that happened later is not seen: the line counts as ordered. Where the
-- export has no time for it, the line's updated_at stands in. sold_units is demand (ordered less
-- cancelled); a refund after a bad delivery lowers the money, not the demand.
with timed as (
    select
        *,
        coalesce(cancelled_at, updated_at, ordered_at) < $as_of_end as cancellation_known,
        coalesce(cancelled_at, updated_at, ordered_at) as cancellation_at,
        coalesce(refunded_at, updated_at, ordered_at) < $as_of_end as refund_known
    from orders
    where business_date <= $as_of and ordered_at < $as_of_end
),

settled as (
    select
        *,
        case
            when not cancellation_known then 0.0
            when coalesce(cancelled_units, 0) > 0 then least(cancelled_units, quantity_units)
            when order_status in ('cancelled', 'unpaid') then quantity_units
            else 0.0
        end as known_cancelled_units,
        cast(
            coalesce(paid_amount_yuan, quantity_units * unit_price_yuan - coalesce(coupon_yuan, 0))
            as double
        ) as gross_yuan,
        case when refund_known then cast(coalesce(refund_yuan, 0) as double) else 0.0 end
            as known_refund_yuan
    from timed
)

select
    s.order_id,
    s.line_id,
    s.user_id,
    coalesce(s.community_id, 'none') as community_id,
    coalesce(c.warehouse_id, s.community_id, 'all') as warehouse_id,
    c.region_id,
    c.leader_id,
    s.sku_id,
    coalesce(p.sku_name, s.sku_name, s.sku_id) as sku_name,
    coalesce(p.category, s.category, 'unknown') as category,
    coalesce(p.is_goods, coalesce(s.repairs, '') not like '%sku_name:charge%') as is_goods,
    s.business_date as day,
    s.ordered_at,
    coalesce(s.sale_unit, p.sale_unit, 'piece') as sale_unit,
    coalesce(s.fulfilment_mode, p.fulfilment_mode) as fulfilment_mode,
    s.quantity_units as ordered_units,
    s.known_cancelled_units as cancelled_units,
    case when s.known_cancelled_units > 0 then s.cancellation_at end as cancelled_at,
    s.quantity_units - s.known_cancelled_units as sold_units,
    s.quantity_units - s.known_cancelled_units > 0 as has_net_units,
    cast(s.unit_price_yuan as double) as unit_price_yuan,
    cast(coalesce(s.list_price_yuan, p.list_price_yuan) as double) as list_price_yuan,
    cast(coalesce(s.coupon_yuan, 0) as double) as coupon_yuan,
    s.gross_yuan,
    s.known_refund_yuan as refund_yuan,
    -- unknown money stays unknown: greatest() alone would make it 0
    case
        when s.gross_yuan is not null then greatest(
            0.0,
            s.gross_yuan
            - greatest(
                s.known_refund_yuan, s.gross_yuan * s.known_cancelled_units / s.quantity_units
            )
        )
    end as net_yuan,
    s.activity_id
from settled as s
left join communities as c on s.community_id = c.community_id
left join products as p on s.sku_id = p.sku_id
