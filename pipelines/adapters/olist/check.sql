-- Values that would silently make the exports wrong: a missing or repeated key (every join on it
-- would multiply rows), an unmapped status, a value that cannot be read.
SELECT
    (SELECT count(*) FROM orders_text WHERE order_id IS NULL OR customer_id IS NULL)
        AS "orders.order_id__or_customer_id_is_missing",
    (SELECT count(*) - count(DISTINCT order_id) FROM orders_text)
        AS "orders.order_id__stands_twice",
    (
        SELECT count(*) FROM orders_text
        WHERE order_status IS NULL OR order_status NOT IN (
            'created', 'approved', 'invoiced', 'processing', 'shipped', 'delivered', 'canceled',
            'unavailable'
        )
    ) AS "orders.order_status__is_no_status_that_is_known",
    (
        SELECT count(*) FROM orders_text
        WHERE try_cast(order_purchase_timestamp AS TIMESTAMP) IS NULL
    ) AS "orders.order_purchase_timestamp__is_missing_or_no_time",
    (
        SELECT count(*) FROM orders_text
        WHERE order_approved_at IS NOT NULL AND try_cast(order_approved_at AS TIMESTAMP) IS NULL
    ) AS "orders.order_approved_at__is_no_time",
    (
        SELECT count(*) FROM orders_text
        WHERE order_delivered_carrier_date IS NOT NULL
            AND try_cast(order_delivered_carrier_date AS TIMESTAMP) IS NULL
    ) AS "orders.order_delivered_carrier_date__is_no_time",
    (
        SELECT count(*) FROM orders_text
        WHERE order_delivered_customer_date IS NOT NULL
            AND try_cast(order_delivered_customer_date AS TIMESTAMP) IS NULL
    ) AS "orders.order_delivered_customer_date__is_no_time",
    (
        SELECT count(*) FROM orders_text
        WHERE order_estimated_delivery_date IS NOT NULL
            AND try_cast(order_estimated_delivery_date AS TIMESTAMP) IS NULL
    ) AS "orders.order_estimated_delivery_date__is_no_time",
    (SELECT count(*) FROM order_items_text WHERE order_id IS NULL OR product_id IS NULL)
        AS "order_items.order_id__or_product_id_is_missing",
    (
        SELECT count(*) FROM order_items_text
        WHERE NOT regexp_full_match(coalesce(order_item_id, ''), '[0-9]{1,9}')
    ) AS "order_items.order_item_id__is_missing_or_no_whole_number",
    (
        SELECT count(*) - count(DISTINCT (order_id, order_item_id)) FROM order_items_text
    ) AS "order_items.order_item_id__stands_twice_in_an_order",
    (
        SELECT count(*) FROM order_items_text
        WHERE (try_cast(price AS DOUBLE) = round(try_cast(price AS DOUBLE), 2)) IS NOT true
    ) AS "order_items.price__is_missing_or_no_amount_in_centavos",
    (
        SELECT count(*) FROM order_items_text
        WHERE
            (try_cast(freight_value AS DOUBLE) = round(try_cast(freight_value AS DOUBLE), 2))
            IS NOT true
    ) AS "order_items.freight_value__is_missing_or_no_amount_in_centavos",
    (
        SELECT count(*) FROM order_payments_text
        WHERE
            (try_cast(payment_value AS DOUBLE) = round(try_cast(payment_value AS DOUBLE), 2))
            IS NOT true
    ) AS "order_payments.payment_value__is_missing_or_no_amount_in_centavos",
    (SELECT count(*) FROM order_payments_text WHERE order_id IS NULL)
        AS "order_payments.order_id__is_missing",
    (SELECT count(*) FROM order_reviews_text WHERE review_id IS NULL OR order_id IS NULL)
        AS "order_reviews.review_id__or_order_id_is_missing",
    (
        SELECT count(*) - count(DISTINCT (review_id, order_id)) FROM order_reviews_text
    ) AS "order_reviews.review_id__stands_twice_on_an_order",
    (
        SELECT count(*) FROM order_reviews_text
        WHERE NOT regexp_full_match(coalesce(review_score, ''), '-?[0-9]{1,9}')
    ) AS "order_reviews.review_score__is_missing_or_no_whole_number",
    (
        SELECT count(*) FROM order_reviews_text
        WHERE try_cast(review_answer_timestamp AS TIMESTAMP) IS NULL
    ) AS "order_reviews.review_answer_timestamp__is_missing_or_no_time",
    (
        SELECT count(*) FROM customers_text
        WHERE customer_id IS NULL OR customer_unique_id IS NULL
    ) AS "customers.customer_id__or_customer_unique_id_is_missing",
    (SELECT count(*) - count(DISTINCT customer_id) FROM customers_text)
        AS "customers.customer_id__stands_twice",
    (SELECT count(*) - count(DISTINCT product_id) FROM products_text)
        AS "products.product_id__is_missing_or_stands_twice",
    (SELECT count(*) - count(DISTINCT product_category_name) FROM category_translation_text)
        AS "category_translation.product_category_name__is_missing_or_stands_twice",
    (SELECT count(*) - count(DISTINCT seller_id) FROM sellers_text)
        AS "sellers.seller_id__is_missing_or_stands_twice"
