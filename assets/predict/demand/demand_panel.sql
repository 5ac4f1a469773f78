-- The panel as integers in ten-thousandths: sums over windows then do not depend on the order in
-- which an engine adds, and every engine computes the same feature to the bit.
select
    s.series_no,
    s.platform_no,
    s.region_no,
    s.warehouse_no,
    s.sku_no,
    s.region_sku_no,
    s.warehouse_category_no,
    s.warehouse_subcategory_no,
    s.region_category_no,
    d.day,
    cast(round(d.demand_units * 10000) as bigint) as demand_e4,
    cast(round(d.sold_units * 10000) as bigint) as sold_e4,
    cast(round(d.in_stock_share * 10000) as bigint) as in_stock_e4,
    cast(round(d.discount_ratio * 10000) as bigint) as discount_e4,
    k.is_free
from demand_day as d
inner join panel_series as s on d.warehouse_id = s.warehouse_id and d.sku_id = s.sku_id
inner join warehouse_day_kinds as k on s.warehouse_no = k.warehouse_no and d.day = k.day
where d.as_of = $as_of and d.day >= $from_day
