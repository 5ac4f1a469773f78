-- 24 letters per store, SKU and day. A flag that is neither 0 nor 1 stays as it is and fails the
-- contract's pattern, as it should.
with days as (
    select
        day,
        store_id,
        product_id,
        translate(array_to_string(hours_stock_status, ''), '01', 'AS') as hours_status
    from source
    order by day, store_id, product_id
)

select
    day,
    store_id as warehouse_id,
    product_id as sku_id,
    hours_status
from days
