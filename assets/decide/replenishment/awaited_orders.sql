-- Purchase orders still awaited at $as_of_end: units not yet received, and days since the order.
-- A line that was partly received is awaited for the rest only while its status says so.
with known_orders as (
    select
        o.warehouse_id,
        o.sku_id,
        coalesce(o.supplier_id, k.supplier_id) as supplier_id,
        o.business_date,
        o.promised_on,
        o.ordered_units,
        case when o.received_at < $as_of_end then coalesce(o.received_units, o.ordered_units) end
            as received_units,
        case when coalesce(o.updated_at < $as_of_end, true) then o.po_status end as known_status
    from purchase_orders as o
    left join products as k on o.sku_id = k.sku_id
    where o.business_date <= $as_of and o.business_date >= $since and o.ordered_at < $as_of_end
)

select
    warehouse_id,
    sku_id,
    supplier_id,
    date_diff('day', business_date, $as_of) as age_days,
    date_diff('day', $as_of, promised_on) as promised_in_days,
    cast(sum(cast(
        ordered_units - coalesce(received_units, 0) as decimal(18, 4)
    )) as double) as awaited_units
from known_orders
where
    coalesce(known_status, 'open') in ('open', 'partly_received')
    and (received_units is null or known_status = 'partly_received')
    and ordered_units > coalesce(received_units, 0)
group by warehouse_id, sku_id, supplier_id, business_date, promised_on
