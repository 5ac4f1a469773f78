-- What a lead time is wanted of: each warehouse, SKU and supplier, with the declared days and
-- whether the SKU is fresh, which decides what is assumed without any.
select
    s.warehouse_id,
    s.sku_id,
    s.supplier_id,
    s.lead_time_days,
    coalesce(p.fulfilment_mode in ('presale', 'instant'), false) as is_fresh
from supply_options as s
left join products as p on s.sku_id = p.sku_id
where s.as_of = $as_of
order by s.warehouse_id, s.sku_id, s.supplier_id
