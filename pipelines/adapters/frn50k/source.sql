-- One row per store, SKU and day as published, with the types the steps rely on.
CREATE OR REPLACE TEMP VIEW source AS
SELECT
    city_id::BIGINT AS city_id,
    store_id::BIGINT AS store_id,
    product_id::BIGINT AS product_id,
    first_category_id::BIGINT AS first_category_id,
    second_category_id::BIGINT AS second_category_id,
    third_category_id::BIGINT AS third_category_id,
    dt::DATE AS day,
    hours_sale::DOUBLE[] AS hours_sale,
    hours_stock_status::TINYINT[] AS hours_stock_status,
    discount::DOUBLE AS discount,
    holiday_flag = 1 AS is_holiday,
    activity_flag = 1 AS is_activity,
    precpt::DOUBLE AS rain_mm,
    avg_temperature::DOUBLE AS temperature_celsius,
    avg_humidity::DOUBLE AS humidity_percent,
    avg_wind_level::DOUBLE AS wind_level
FROM {relation}
