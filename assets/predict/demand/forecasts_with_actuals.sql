-- Forecasts whose days are over at $as_of, one row per horizon and series, with actuals and the
-- forecasts of the naive baselines: the same days a week before, and the mean of the last 7 days
-- known at the forecast. Actuals are as known now. Sums are over integers in ten-thousandths, so
-- they do not depend on the order of rows.
with issued_forecasts as (
    select
        f.*,
        case f.horizon when 'sum_72h' then f.as_of + 1 else f.target_day end as first_day,
        case f.horizon when 'sum_72h' then 3 else 1 end as days
    from demand_forecast as f
    where
        (f.horizon = 'day_1' and f.as_of = $as_of - 1)
        or (f.horizon = 'day_2' and f.as_of = $as_of - 2)
        or (f.horizon in ('day_3', 'sum_72h') and f.as_of = $as_of - 3)
),

demand_known_now as (
    select
        warehouse_id,
        sku_id,
        day,
        in_stock_share,
        cast(round(sold_units * 10000) as bigint) as sold_e4,
        cast(round(demand_units * 10000) as bigint) as demand_e4
    from demand_day
    where as_of = $as_of
),

actuals as (
    select
        m.warehouse_id,
        m.sku_id,
        m.horizon,
        count(*) filter (where d.day >= m.first_day) as days_known,
        count(d.demand_e4) filter (where d.day >= m.first_day) as days_of_demand,
        count(d.in_stock_share) filter (where d.day >= m.first_day) as days_offered,
        min(d.in_stock_share) filter (where d.day >= m.first_day) as in_stock_share,
        cast(sum(d.sold_e4) filter (where d.day >= m.first_day) as bigint) as sold_e4,
        cast(sum(d.demand_e4) filter (where d.day >= m.first_day) as bigint) as demand_e4,
        cast(sum(d.sold_e4) filter (
            where d.day between m.first_day - 7 and m.target_day - 7
        ) as bigint) as last_week_e4,
        cast(sum(d.sold_e4) filter (where d.day between m.as_of - 6 and m.as_of) as bigint)
            as last_7_e4,
        count(*) filter (where d.day between m.as_of - 6 and m.as_of) as last_7_days
    from issued_forecasts as m
    inner join demand_known_now as d
        on
            m.warehouse_id = d.warehouse_id and m.sku_id = d.sku_id
            and d.day between m.first_day - 7 and m.target_day
    group by m.warehouse_id, m.sku_id, m.horizon
)

select
    m.horizon,
    m.as_of as forecast_as_of,
    m.target_day,
    m.model_version,
    m.fallback,
    m.mean_units,
    m.sold_units as forecast_sold_units,
    m.p10_units,
    m.p90_units,
    h.sold_e4 / 10000.0 as sold_units,
    case when h.days_of_demand = m.days then h.demand_e4 / 10000.0 end as demand_units,
    case when h.days_offered = m.days then h.in_stock_share end as in_stock_share,
    h.last_week_e4 / 10000.0 as last_week_units,
    m.days * h.last_7_e4 / (10000.0 * nullif(h.last_7_days, 0)) as last_7_days_units
from issued_forecasts as m
inner join actuals as h
    on m.warehouse_id = h.warehouse_id and m.sku_id = h.sku_id and m.horizon = h.horizon
where h.days_known = m.days
order by m.horizon, m.warehouse_id, m.sku_id
