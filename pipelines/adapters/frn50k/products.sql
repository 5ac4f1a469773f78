-- One row per SKU and set of categories: a SKU with two sets is for the key rule to see.
SELECT DISTINCT
    product_id AS sku_id,
    first_category_id AS category,
    concat(second_category_id, '/', third_category_id) AS subcategory,
    'kg' AS sale_unit,
    'instant' AS fulfilment_mode,
    true AS is_goods
FROM source
ORDER BY product_id, category, subcategory
