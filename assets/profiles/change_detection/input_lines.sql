-- Digest per user of all order lines as known at $as_of, with their price rank and launch date, and
-- for the last 90 days the kind of day. A line is hashed with its window, so that a line that
-- leaves a window changes the digest. Hashes are summed, so that the order of the rows does not
-- matter.
select
    l.user_id,
    sum(
        hash(
            l.order_id,
            l.sku_id,
            l.category,
            l.sale_unit,
            l.is_goods,
            l.has_net_units,
            l.day,
            l.ordered_at,
            l.community_id,
            l.ordered_units,
            l.sold_units,
            l.unit_price_yuan,
            l.list_price_yuan,
            l.coupon_yuan,
            l.gross_yuan,
            l.refund_yuan,
            l.net_yuan,
            r.price_rank,
            p.launched_on,
            case
                when l.day >= $since_30 then 30
                when l.day >= $since_90 then 90
                when l.day >= $since_180 then 180
                when l.day >= $since_365 then 365
            end
        )
    ) as bought,
    sum(
        case
            when l.day >= $since_90
                then
                    hash(
                        l.order_id, c.is_rainy, c.is_holiday, c.is_school_season, c.is_workday
                    )
        end
    ) as kinds_of_days
from order_lines_as_of as l
left join ranks as r
    on l.sku_id = r.sku_id and l.category = r.category and l.sale_unit = r.sale_unit
left join products as p on l.sku_id = p.sku_id
left join community_day_kinds as c on l.community_id = c.community_id and cast(l.ordered_at as date) = c.day
where l.user_id is not null
group by l.user_id
