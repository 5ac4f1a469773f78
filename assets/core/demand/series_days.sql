-- Sales and offer of every series on every day from its first sale to as_of.
--
-- A day without a sale after the SKU's last day on offer (下架日期) counts as not offered.
-- in_stock_share: hours 6 to 21 on sale ÷ hours 6 to 21 offered; 1 where the file has no row.
-- seen_e6: share of a typical day's demand that falls into the hours on sale, in millionths.
with days as (
    select s.warehouse_id, s.sku_id, c.day
    from demand_series as s
    inner join calendar as c on c.day >= s.first_day
),

offered as (
    select
        o.*,
        length(replace(substr(o.hours_status, 7, 16), 'N', '')) as open_hours,
        length(replace(replace(substr(o.hours_status, 7, 16), 'N', ''), 'S', '')) as on_sale_hours,
        replace(o.hours_status, 'N', '') = '' as is_not_offered
    from hours_on_offer as o
)

select
    d.warehouse_id,
    d.sku_id,
    d.day,
    coalesce(s.sold_e4, 0) as sold_e4,
    s.charged_e4 / cast(nullif(s.priced_e4, 0) as double) as unit_price_yuan,
    (coalesce(o.is_not_offered, false) or x.sku_id is not null) and coalesce(s.sold_e4, 0) = 0
        as is_not_offered,
    case when o.open_hours > 0 then o.on_sale_hours / cast(o.open_hours as double) else 1.0 end
        as in_stock_share,
    case
        when coalesce(position('S' in o.hours_status), 0) = 0 then 1000000
        else cast(round(coalesce(n.seen_share, 0) * 1000000) as bigint)
    end as seen_e6,
    coalesce(p.discount_ratio_0, 1.0) as discount_ratio
from days as d
left join daily_sales as s on d.warehouse_id = s.warehouse_id and d.sku_id = s.sku_id and d.day = s.day
left join offered as o on d.warehouse_id = o.warehouse_id and d.sku_id = o.sku_id and d.day = o.day
left join off_offer as x on d.sku_id = x.sku_id and d.day between x.from_day and x.until_day
left join sku_categories as c on d.sku_id = c.sku_id
left join visible_demand_share as n on c.category = n.category and o.hours_status = n.hours_status
left join promotion_days as p
    on d.warehouse_id = p.warehouse_id and d.sku_id = p.sku_id and d.day = p.day
