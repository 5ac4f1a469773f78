-- Values that would silently make the exports wrong: ids that do not fit into 20 bits of an order
-- id, days that are not 24 hours long, a key that is missing.
SELECT
    count(*) FILTER (WHERE store_id IS NULL OR store_id NOT BETWEEN 0 AND 1048575)
        AS store_id__is_missing_or_outside_0_to_1048575,
    count(*) FILTER (WHERE product_id IS NULL OR product_id NOT BETWEEN 0 AND 1048575)
        AS product_id__is_missing_or_outside_0_to_1048575,
    count(*) FILTER (WHERE day IS NULL OR day NOT BETWEEN DATE '2000-01-01' AND DATE '2099-12-31')
        AS dt__is_missing_or_not_a_day_of_this_century,
    count(*) FILTER (WHERE hours_sale IS NULL OR len(hours_sale) <> 24)
        AS hours_sale__does_not_hold_24_hours,
    count(*) FILTER (WHERE hours_stock_status IS NULL OR len(hours_stock_status) <> 24)
        AS hours_stock_status__does_not_hold_24_hours
FROM source
