-- Units per warehouse, SKU and business day.
select
    warehouse_id,
    sku_id,
    day,
    cast(sum(sold_e4) as bigint) as sold_e4,
    cast(sum(charged_e4) as bigint) as charged_e4,
    cast(sum(priced_e4) as bigint) as priced_e4
from hourly_sales
group by warehouse_id, sku_id, day
