-- One row per warehouse and SKU with a forecast or with orders in hand, and all facts about it.
with day_forecasts as (
    select *
    from demand_forecast
    where as_of = $as_of and horizon = 'sum_72h'
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
    k.supplier_id,
    k.cost_yuan,
    k.price_yuan,
    k.last_offer_on,
    date_diff('day', $as_of, k.last_offer_on) as days_on_offer,
    cast(h.orders_in_hand_units as double) as orders_in_hand_units,
    cast(h.presale_orders_units as double) as presale_orders_units,
    cast(s.on_hand_units as double) as on_hand_units,
    cast(s.expired_units as double) as expired_units,
    cast(s.in_transit_undated_units as double) as in_transit_undated_units,
    s.stock_age_days,
    coalesce(s.has_negative_count, 0) = 1 as has_negative_count,
    $has_stock_file as has_stock_file,
    f.fallback as forecast_fallback,
    f.mean_units as forecast_72h_units,
    d.sold_mean_28d_units,
    d.demand_mean_28d_units,
    d.out_of_stock_days_28d
from listed_series as w
left join day_forecasts as f on w.warehouse_id = f.warehouse_id and w.sku_id = f.sku_id
left join restock_skus as k on w.sku_id = k.sku_id
left join orders_in_hand as h on w.warehouse_id = h.warehouse_id and w.sku_id = h.sku_id
left join latest_stock as s on w.warehouse_id = s.warehouse_id and w.sku_id = s.sku_id
left join recent_demand as d on w.warehouse_id = d.warehouse_id and w.sku_id = d.sku_id
order by w.warehouse_id, w.sku_id
