-- The demand panel: every series on every day from its first sale to $as_of.
--
-- demand_units: sold units, plus units lost to stock-outs (`lost_demand`), plus units refused by
-- purchase limits (`limit_censored`). Empty where the SKU was not offered, and where too few hours
-- were on sale to estimate the loss. zero_kind says why nothing was sold: no demand, stock-out, not
-- offered.
with known as (
    select
        d.*,
        case
            when d.is_not_offered then null
            when d.seen_e6 = 1000000 then 0.0
            else round(l.units, 4)
        end as lost_units,
        coalesce(round(r.units, 4), 0.0) as refused_units,
        last_value(d.unit_price_yuan ignore nulls) over (
            partition by d.warehouse_id, d.sku_id
            order by d.day rows between unbounded preceding and current row
        ) as last_price_yuan
    from series_days as d
    left join lost_demand as l on d.warehouse_id = l.warehouse_id and d.sku_id = l.sku_id and d.day = l.day
    left join limit_censored as r
        on d.warehouse_id = r.warehouse_id and d.sku_id = r.sku_id and d.day = r.day
)

select
    $as_of as as_of,
    warehouse_id,
    sku_id,
    day,
    sold_e4 / 1e4 as sold_units,
    case when not is_not_offered then round(in_stock_share, 4) end as in_stock_share,
    round(sold_e4 / 1e4 + lost_units + refused_units, 4) as demand_units,
    lost_units,
    case when lost_units = 0 then 0.0 else round(lost_units * last_price_yuan, 2) end as lost_yuan,
    case when not is_not_offered then refused_units end as refused_units,
    case
        when sold_e4 > 0 then null
        when is_not_offered then 'not_offered'
        when in_stock_share < 1 or seen_e6 < 1000000 then 'no_stock'
        else 'no_demand'
    end as zero_kind,
    discount_ratio,
    round(unit_price_yuan, 4) as unit_price_yuan
from known
order by warehouse_id, sku_id, day
