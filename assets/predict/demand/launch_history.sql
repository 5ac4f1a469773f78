-- SKUs on offer for the first time, per warehouse: sales of similar SKUs there on the day before,
-- and the SKU's own sales if the launch is three days over. A SKU launched again after a delisting
-- counts as a launch, unless its own recent sales still describe it.
with launched_skus as (
    select
        p.sku_id,
        coalesce(p.category, 'unknown') as category,
        coalesce(p.subcategory, '') as subcategory,
        p.launched_on,
        case when p.delisted_on >= p.launched_on then p.delisted_on end as delisted_on,
        least(p.launched_on - 1, $as_of) as known_on
    from products as p
    where
        coalesce(p.is_goods, coalesce(p.repairs, '') not like '%sku_name:charge%')
        and p.launched_on > $first_level_day
        and p.launched_on <= $last_target_day
),

warehouse_groups as (
    select
        warehouse_id, category, subcategory, warehouse_no, warehouse_category_no,
        warehouse_subcategory_no
    from panel_series
),

warehouses as (select distinct warehouse_id, warehouse_no from warehouse_groups),

categories as (select distinct warehouse_id, category, warehouse_category_no from warehouse_groups),

subcategories as (
    select distinct warehouse_id, category, subcategory, warehouse_subcategory_no from warehouse_groups
),

sales_since_launch as (
    select
        d.warehouse_id,
        d.sku_id,
        case when d.sold_units > 0 then d.day end as sold_on,
        case
            when d.day <= l.launched_on + 2 then cast(round(d.sold_units * 10000) as bigint) else 0
        end as sold_e4
    from demand_day as d
    inner join launched_skus as l on d.sku_id = l.sku_id
    where d.as_of = $as_of and d.day >= l.launched_on
),

launch_sales as (
    select
        warehouse_id,
        sku_id,
        max(sold_on) as last_day,
        cast(sum(sold_e4) as bigint) / 10000.0 as units
    from sales_since_launch
    group by warehouse_id, sku_id
)

select
    w.warehouse_id,
    l.sku_id,
    l.category,
    l.launched_on,
    l.delisted_on,
    v.series_no is not null or coalesce(t.last_day >= l.launched_on, false) as has_sold,
    (
        coalesce(u.days_28 * u.mean_28, 0)
        + $prior_series_days * coalesce(c.mean_28, h.mean_28, 0)
    ) / (coalesce(u.days_28, 0) + $prior_series_days) as similar_units,
    case when l.launched_on + 2 <= $as_of then coalesce(t.units, 0) end as first_days_units
from launched_skus as l
cross join warehouses as w
left join categories as k on w.warehouse_id = k.warehouse_id and l.category = k.category
left join subcategories as b
    on w.warehouse_id = b.warehouse_id and l.category = b.category and l.subcategory = b.subcategory
left join demand_levels as u
    on
        u.level = 'warehouse_subcategory' and u.code = b.warehouse_subcategory_no
        and u.day = l.known_on
left join demand_levels as c
    on c.level = 'warehouse_category' and c.code = k.warehouse_category_no and c.day = l.known_on
left join demand_levels as h on h.level = 'warehouse' and h.code = w.warehouse_no and h.day = l.known_on
left join panel_series as s on w.warehouse_id = s.warehouse_id and l.sku_id = s.sku_id
left join demand_windows as v on s.series_no = v.series_no and v.day = $as_of
left join launch_sales as t on w.warehouse_id = t.warehouse_id and l.sku_id = t.sku_id
order by w.warehouse_id, l.sku_id
