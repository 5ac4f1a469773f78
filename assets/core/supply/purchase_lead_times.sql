-- One row per line of a purchase order placed since $since, as known at $as_of_end: days from its
-- business date to its arrival, and days it was awaited. A cancelled line was awaited until then.
-- Left out: a line received on a day nobody wrote down, or before it was ordered.
with known_orders as (
    select
        o.warehouse_id,
        o.sku_id,
        coalesce(o.supplier_id, k.supplier_id) as supplier_id,
        o.business_date,
        o.promised_on,
        case
            when
                o.received_at < $as_of_end and coalesce(o.received_units, o.ordered_units) > 0
                then cast(o.received_at as date)
        end as received_on,
        cast(o.ordered_at as date) as ordered_on,
        case
            when o.po_status = 'cancelled' and coalesce(o.updated_at < $as_of_end, true)
                then coalesce(cast(o.updated_at as date), o.business_date)
        end as cancelled_on,
        coalesce(
            o.po_status in ('received', 'partly_received')
            and o.received_at is null
            and coalesce(o.updated_at < $as_of_end, true),
            false
        ) as is_undated
    from purchase_orders as o
    left join products as k on o.sku_id = k.sku_id
    where o.business_date <= $as_of and o.business_date >= $since
)

select
    warehouse_id,
    sku_id,
    supplier_id,
    greatest(date_diff('day', business_date, promised_on), 0) as promised_days,
    case
        when received_on is not null
            then greatest(date_diff('day', business_date, received_on), 0)
    end as lead_days,
    greatest(
        date_diff('day', business_date, coalesce(received_on, cancelled_on, $as_of + 1)), 0
    ) as age_days
from known_orders
where not is_undated and coalesce(received_on >= ordered_on, true)
