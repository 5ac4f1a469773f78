-- The panel: every series on every day from its first sale to $as_of.
--
-- in_stock_share: hours 6 to 21 on sale ÷ hours 6 to 21 offered; 1 where the file has no row,
-- empty on a day wholly not offered. demand_units: sold, plus for the hours sold out their share of
-- a usual day: what the last $usual_days days sold ÷ the part of them that was on sale. Dividing the
-- day's own sale by the hours seen would overstate it: days sell out because they began strongly.
-- Empty where not offered, and where less than $min_seen_days of those days could be seen.
with days as (
    select s.warehouse_id, s.sku_id, c.day
    from series as s
    inner join calendar as c on c.day >= s.first_day
),

offered as (
    select
        o.*,
        length(replace(substr(o.hours_status, 7, 16), 'N', '')) as open_hours,
        length(replace(replace(substr(o.hours_status, 7, 16), 'N', ''), 'S', '')) as on_sale_hours,
        replace(o.hours_status, 'N', '') = '' as is_not_offered
    from offer as o
),

joined as (
    select
        d.warehouse_id,
        d.sku_id,
        d.day,
        coalesce(s.sold_e4, 0) as sold_e4,
        s.charged_e4 / cast(nullif(s.priced_e4, 0) as double) as unit_price_yuan,
        coalesce(o.is_not_offered, false) and coalesce(s.sold_e4, 0) = 0 as is_not_offered,
        case when o.open_hours > 0 then o.on_sale_hours / cast(o.open_hours as double) else 1.0 end
            as in_stock_share,
        case
            when coalesce(position('S' in o.hours_status), 0) = 0 then 1000000
            else cast(round(coalesce(n.seen_share, 0) * 1000000) as bigint)
        end as seen_e6,
        coalesce(p.discount_ratio_0, 1.0) as discount_ratio
    from days as d
    left join sales as s on d.warehouse_id = s.warehouse_id and d.sku_id = s.sku_id and d.day = s.day
    left join offered as o
        on d.warehouse_id = o.warehouse_id and d.sku_id = o.sku_id and d.day = o.day
    left join sku_categories as c on d.sku_id = c.sku_id
    left join seen as n on c.category = n.category and o.hours_status = n.hours_status
    left join promotion_days as p
        on d.warehouse_id = p.warehouse_id and d.sku_id = p.sku_id and d.day = p.day
),

-- Whole ten-thousandths and millionths: sums that do not depend on the order of rows.
usual as (
    select
        *,
        sum(case when not is_not_offered then sold_e4 end) over (
            partition by warehouse_id, sku_id
            order by day rows between $usual_days - 1 preceding and current row
        ) as recent_sold_e4,
        sum(case when not is_not_offered then seen_e6 end) over (
            partition by warehouse_id, sku_id
            order by day rows between $usual_days - 1 preceding and current row
        ) as recent_seen_e6
    from joined
)

select
    $as_of as as_of,
    warehouse_id,
    sku_id,
    day,
    sold_e4 / 10000.0 as sold_units,
    case when not is_not_offered then round(in_stock_share, 4) end as in_stock_share,
    case
        when is_not_offered then null
        when seen_e6 = 1000000 then sold_e4 / 10000.0
        when recent_seen_e6 >= $min_seen_days * 1000000
            then
                round(
                    sold_e4 / 10000.0
                    + (1000000 - seen_e6) * (recent_sold_e4 / (10000.0 * recent_seen_e6)), 4
                )
    end as demand_units,
    discount_ratio,
    round(unit_price_yuan, 4) as unit_price_yuan
from usual
order by warehouse_id, sku_id, day
