-- One row per warehouse and SKU with a forecast or with orders in hand, and all facts about it.
-- Forecasts of three horizons become columns; the sum carries the gravest fallback of its days.
with day_forecasts as (
    select *
    from demand_forecast
    where as_of = $as_of
),

listed_series as (
    select warehouse_id, sku_id from day_forecasts
    union
    select warehouse_id, sku_id
    from orders_in_hand
    where orders_in_hand_units > 0 or presale_orders_units > 0
)

select
    w.warehouse_id,
    w.sku_id,
    k.sku_name,
    k.category,
    k.fulfilment_mode,
    k.sale_unit,
    k.pack_size_units,
    k.shelf_life_days,
    k.lead_time_days,
    k.cost_yuan,
    k.price_yuan,
    k.last_offer_on,
    date_diff('day', $as_of, k.last_offer_on) as days_on_offer,
    cast(h.orders_in_hand_units as double) as orders_in_hand_units,
    cast(h.presale_orders_units as double) as presale_orders_units,
    cast(s.on_hand_units as double) as on_hand_units,
    cast(s.expired_units as double) as expired_units,
    cast(s.in_transit_day_1_units as double) as in_transit_day_1_units,
    cast(s.in_transit_day_2_units as double) as in_transit_day_2_units,
    cast(s.in_transit_day_3_units as double) as in_transit_day_3_units,
    cast(s.in_transit_undated_units as double) as in_transit_undated_units,
    s.stock_age_days,
    $has_stock_file as has_stock_file,
    s72.fallback as forecast_fallback,
    s72.mean_units as sum_72h_mean_units,
    s72.p10_units as sum_72h_p10_units,
    s72.p25_units as sum_72h_p25_units,
    s72.p50_units as sum_72h_p50_units,
    s72.p75_units as sum_72h_p75_units,
    s72.p83_3_units as sum_72h_p83_3_units,
    s72.p90_units as sum_72h_p90_units,
    s72.p95_units as sum_72h_p95_units,
    d1.mean_units as day_1_mean_units,
    d1.p10_units as day_1_p10_units,
    d1.p25_units as day_1_p25_units,
    d1.p50_units as day_1_p50_units,
    d1.p75_units as day_1_p75_units,
    d1.p83_3_units as day_1_p83_3_units,
    d1.p90_units as day_1_p90_units,
    d1.p95_units as day_1_p95_units,
    d2.mean_units as day_2_mean_units,
    d2.p10_units as day_2_p10_units,
    d2.p25_units as day_2_p25_units,
    d2.p50_units as day_2_p50_units,
    d2.p75_units as day_2_p75_units,
    d2.p83_3_units as day_2_p83_3_units,
    d2.p90_units as day_2_p90_units,
    d2.p95_units as day_2_p95_units
from listed_series as w
left join day_forecasts as s72
    on w.warehouse_id = s72.warehouse_id and w.sku_id = s72.sku_id and s72.horizon = 'sum_72h'
left join day_forecasts as d1
    on w.warehouse_id = d1.warehouse_id and w.sku_id = d1.sku_id and d1.horizon = 'day_1'
left join day_forecasts as d2
    on w.warehouse_id = d2.warehouse_id and w.sku_id = d2.sku_id and d2.horizon = 'day_2'
left join restock_skus as k on w.sku_id = k.sku_id
left join orders_in_hand as h on w.warehouse_id = h.warehouse_id and w.sku_id = h.sku_id
left join latest_stock as s on w.warehouse_id = s.warehouse_id and w.sku_id = s.sku_id
order by w.warehouse_id, w.sku_id
