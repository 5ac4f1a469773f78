-- The terms of each supplier, SKU and warehouse on $first_day: of several the latest. A warehouse
-- that is empty is every warehouse. pack_changed_on is their first day where the pack before was
-- another.
with dated_terms as (
    select
        *,
        coalesce(warehouse_id, '') as place,
        coalesce(valid_from, date '1900-01-01') as begins_on
    from supply_terms
    where coalesce(valid_from <= $first_day, true)
),

latest_terms as (
    select
        *,
        row_number() over (
            partition by supplier_id, sku_id, place order by begins_on desc
        ) as recency_rank
    from dated_terms
    where coalesce(valid_until >= $first_day, true)
),

earlier_packs as (
    select
        t.supplier_id,
        t.sku_id,
        t.place,
        e.pack_size_units,
        row_number() over (
            partition by t.supplier_id, t.sku_id, t.place order by e.begins_on desc
        ) as recency_rank
    from latest_terms as t
    inner join dated_terms as e
        on
            t.supplier_id = e.supplier_id
            and t.sku_id = e.sku_id
            and t.place = e.place
            and e.begins_on < t.begins_on
    where t.recency_rank = 1 and e.pack_size_units is not null
)

select
    t.supplier_id,
    t.sku_id,
    t.warehouse_id,
    t.cost_yuan,
    t.lead_time_days,
    t.min_order_units,
    t.pack_size_units,
    t.order_step_units,
    t.max_order_units,
    t.emergency_cost_yuan,
    t.is_preferred,
    t.is_paused,
    case when e.pack_size_units <> t.pack_size_units then t.valid_from end as pack_changed_on
from latest_terms as t
left join earlier_packs as e
    on
        t.supplier_id = e.supplier_id
        and t.sku_id = e.sku_id
        and t.place = e.place
        and e.recency_rank = 1
where t.recency_rank = 1
