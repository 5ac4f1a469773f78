-- Attributes per SKU: from the product file, else from its latest order line; the average price charged.
-- last_offer_on: last day on offer of a SKU that goes off offer and is not back on any of the days ahead.
with order_line_attributes as (
    select
        sku_id,
        sku_name,
        category,
        sale_unit,
        fulfilment_mode,
        row_number() over (
            partition by sku_id
            order by max(day) desc, sku_name, category, sale_unit, fulfilment_mode
        ) as recency_rank
    from order_lines_as_of
    group by sku_id, sku_name, category, sale_unit, fulfilment_mode
),

average_prices as (
    select
        sku_id,
        (cast(sum(gross_e4) as double) / 10000)
        / (cast(sum(ordered_e4) as double) / 10000) as price_yuan
    from order_lines_as_of
    where has_net_units and gross_yuan is not null and day >= $price_since
    group by sku_id
)

select
    coalesce(p.sku_id, t.sku_id) as sku_id,
    coalesce(p.sku_name, t.sku_name) as sku_name,
    nullif(coalesce(p.category, t.category), 'unknown') as category,
    coalesce(p.sale_unit, t.sale_unit) as sale_unit,
    coalesce(p.fulfilment_mode, t.fulfilment_mode) as fulfilment_mode,
    p.pack_size_units,
    p.shelf_life_days,
    p.lead_time_days,
    p.supplier_id,
    cast(p.cost_yuan as double) as cost_yuan,
    coalesce(c.price_yuan, cast(p.list_price_yuan as double)) as price_yuan,
    x.from_day - 1 as last_offer_on
from products as p
full outer join order_line_attributes as t on p.sku_id = t.sku_id and t.recency_rank = 1
left join average_prices as c on coalesce(p.sku_id, t.sku_id) = c.sku_id
left join off_offer as x
    on p.sku_id = x.sku_id and x.from_day <= $last_target_day and x.until_day > $last_target_day
where p.sku_id is not null or t.recency_rank = 1
