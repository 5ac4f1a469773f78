-- The supplier that each warehouse and SKU is ordered from: its terms, and the law of its lead time.
select
    o.warehouse_id,
    o.sku_id,
    o.supplier_id,
    coalesce(o.supplier_name, o.supplier_id) as supplier_name,
    o.is_paused,
    o.order_weekdays,
    o.delivery_weekdays,
    o.order_cutoff,
    o.min_order_yuan,
    cast(o.cost_yuan as double) as cost_yuan,
    cast(o.emergency_cost_yuan as double) as emergency_cost_yuan,
    o.min_order_units,
    o.pack_size_units,
    o.order_step_units,
    o.max_order_units,
    o.flags as supply_flags,
    l.lead_time_source,
    l.declared_days,
    l.p50_days
from supply_options as o
left join lead_times as l
    on
        o.as_of = l.as_of
        and o.warehouse_id = l.warehouse_id
        and o.sku_id = l.sku_id
        and coalesce(o.supplier_id, '') = coalesce(l.supplier_id, '')
where o.as_of = $as_of and o.choice_rank = 1
