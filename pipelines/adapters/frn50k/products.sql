-- One row per SKU and set of categories: a SKU with two sets is for the key rule to see.
select distinct
    product_id as sku_id,
    first_category_id as category,
    concat(second_category_id, '/', third_category_id) as subcategory,
    'kg' as sale_unit,
    'instant' as fulfilment_mode,
    true as is_goods
from source
order by product_id, category, subcategory
