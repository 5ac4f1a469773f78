-- One row per warehouse and SKU with a forecast or with orders in hand, and everything known about it.
with forecast as (
    select
        warehouse_id,
        sku_id,
        -- the sum carries the gravest of its days
        max(fallback) filter (where horizon = 'sum_72h') as forecast_fallback,
        {pivot}
    from demand_forecast
    where as_of = $as_of
    group by warehouse_id, sku_id
),

wanted as (
    select warehouse_id, sku_id from forecast
    union
    select warehouse_id, sku_id
    from restock_in_hand
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
    f.forecast_fallback,
    {columns}
from wanted as w
left join forecast as f on w.warehouse_id = f.warehouse_id and w.sku_id = f.sku_id
left join restock_skus as k on w.sku_id = k.sku_id
left join restock_in_hand as h on w.warehouse_id = h.warehouse_id and w.sku_id = h.sku_id
left join restock_stock as s on w.warehouse_id = s.warehouse_id and w.sku_id = s.sku_id
order by w.warehouse_id, w.sku_id
