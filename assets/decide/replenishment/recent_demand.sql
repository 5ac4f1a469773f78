-- What a series sold and would have sold in the last 28 days, and its days with stock-out hours.
select
    warehouse_id,
    sku_id,
    cast(sum(cast(sold_units as decimal(18, 4))) as double) / count(*) as sold_mean_28d_units,
    cast(sum(cast(demand_units as decimal(18, 4))) as double) / nullif(count(demand_units), 0)
        as demand_mean_28d_units,
    cast(sum(case when in_stock_share < 1 then 1 else 0 end) as bigint) as out_of_stock_days_28d
from demand_day
where as_of = $as_of and day >= $from_day and day <= $as_of
group by warehouse_id, sku_id
