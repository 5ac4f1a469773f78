-- Values that would silently make the exports wrong: ids that do not fit into 20 bits of an order
-- id, days that are not 24 hours long, a key that is missing.
select
    count(*) filter (where store_id is null or store_id not between 0 and 1048575)
        as store_id__is_missing_or_outside_0_to_1048575,
    count(*) filter (where product_id is null or product_id not between 0 and 1048575)
        as product_id__is_missing_or_outside_0_to_1048575,
    count(*) filter (where day is null or day not between date '2000-01-01' and date '2099-12-31')
        as dt__is_missing_or_not_a_day_of_this_century,
    count(*) filter (where hours_sale is null or len(hours_sale) <> 24)
        as hours_sale__does_not_hold_24_hours,
    count(*) filter (where hours_stock_status is null or len(hours_stock_status) <> 24)
        as hours_stock_status__does_not_hold_24_hours
from source
