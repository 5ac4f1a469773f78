-- One row per store, SKU and day as published, with the types the steps rely on.
create or replace temp view source as
select
    cast(city_id as bigint) as city_id,
    cast(store_id as bigint) as store_id,
    cast(product_id as bigint) as product_id,
    cast(first_category_id as bigint) as first_category_id,
    cast(second_category_id as bigint) as second_category_id,
    cast(third_category_id as bigint) as third_category_id,
    cast(dt as date) as day,
    cast(hours_sale as double[]) as hours_sale,
    cast(hours_stock_status as tinyint[]) as hours_stock_status,
    cast(discount as double) as discount,
    holiday_flag = 1 as is_holiday,
    activity_flag = 1 as is_activity,
    cast(precpt as double) as rain_mm,
    cast(avg_temperature as double) as temperature_celsius,
    cast(avg_humidity as double) as humidity_percent,
    cast(avg_wind_level as double) as wind_level
from published_rows
