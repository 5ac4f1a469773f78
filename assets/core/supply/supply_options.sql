-- One row per warehouse, SKU and supplier: terms, calendar and rank of choice.
-- Terms of the warehouse win over those of every warehouse, value by value; what neither says is
-- taken from the product file, a cost at last from the latest order.
with latest_costs as (
    select
        supplier_id,
        sku_id,
        cost_yuan,
        row_number() over (
            partition by supplier_id, sku_id order by ordered_at desc, po_id desc, line_id desc
        ) as recency_rank
    from purchase_orders
    where cost_yuan is not null and ordered_at < $as_of_end
),

with_terms as (
    select
        n.warehouse_id,
        n.sku_id,
        n.supplier_id,
        n.named_by,
        s.supplier_name,
        s.backup_rank,
        s.order_weekdays,
        s.delivery_weekdays,
        s.order_cutoff,
        s.min_order_yuan,
        coalesce(s.is_paused, false) or coalesce(w.is_paused, e.is_paused, false) as is_paused,
        coalesce(w.is_preferred, e.is_preferred, false) as is_preferred,
        coalesce(w.cost_yuan, e.cost_yuan, k.cost_yuan, c.cost_yuan) as cost_yuan,
        coalesce(w.emergency_cost_yuan, e.emergency_cost_yuan) as emergency_cost_yuan,
        coalesce(
            w.lead_time_days,
            e.lead_time_days,
            case
                when coalesce(k.supplier_id, n.supplier_id, '') = coalesce(n.supplier_id, '')
                    then k.lead_time_days
            end
        ) as lead_time_days,
        coalesce(w.min_order_units, e.min_order_units) as min_order_units,
        coalesce(w.pack_size_units, e.pack_size_units, k.pack_size_units) as pack_size_units,
        coalesce(w.order_step_units, e.order_step_units) as order_step_units,
        coalesce(w.max_order_units, e.max_order_units) as max_order_units,
        case when w.pack_size_units is null then e.pack_changed_on else w.pack_changed_on end
            as pack_changed_on,
        case when n.named_by = 'terms' then 1 else 0 end as has_terms,
        case when k.supplier_id = n.supplier_id then 1 else 0 end as is_of_product
    from named_suppliers as n
    left join suppliers as s on n.supplier_id = s.supplier_id
    left join products as k on n.sku_id = k.sku_id
    left join terms_of_day as w
        on
            n.supplier_id = w.supplier_id
            and n.sku_id = w.sku_id
            and n.warehouse_id = w.warehouse_id
    left join terms_of_day as e
        on n.supplier_id = e.supplier_id and n.sku_id = e.sku_id and e.warehouse_id is null
    left join latest_costs as c
        on n.supplier_id = c.supplier_id and n.sku_id = c.sku_id and c.recency_rank = 1
),

-- where no terms are known, the supplier of the product file is the preferred one
counted as (
    select
        *,
        count(*) over (partition by warehouse_id, sku_id) as suppliers,
        case
            when max(has_terms) over (partition by warehouse_id, sku_id) = 0 then is_of_product
            when is_preferred then 1
            else 0
        end as preference
    from with_terms
),

ranked as (
    select
        *,
        row_number() over (
            partition by warehouse_id, sku_id
            order by
                case when is_paused then 1 else 0 end,
                preference desc,
                case when cost_yuan is null then 1 else 0 end,
                cost_yuan,
                supplier_id
        ) as choice_rank
    from counted
)

select
    $as_of as as_of,
    warehouse_id,
    sku_id,
    supplier_id,
    supplier_name,
    choice_rank,
    backup_rank,
    is_paused,
    named_by,
    order_weekdays,
    delivery_weekdays,
    order_cutoff,
    min_order_yuan,
    cost_yuan,
    emergency_cost_yuan,
    lead_time_days,
    min_order_units,
    pack_size_units,
    order_step_units,
    max_order_units,
    pack_changed_on,
    nullif(
        concat_ws(
            '|',
            case when is_paused then 'paused' end,
            case when suppliers > 1 then 'several_suppliers' end,
            case when order_weekdays is null then 'no_calendar' end,
            case when min_order_units > max_order_units then 'least_above_most' end,
            case when pack_changed_on > $as_of - $pack_change_days then 'pack_changed' end,
            case when cost_yuan is null then 'no_cost' end
        ),
        ''
    ) as flags
from ranked
order by warehouse_id, sku_id, choice_rank
