-- Values that would silently make the exports wrong: a missing or repeated key (every join on it
-- would multiply rows), an unmapped status, a value that cannot be read.
select
    (select count(*) from orders_text where order_id is null or customer_id is null)
        as "orders.order_id__or_customer_id_is_missing",
    (select count(*) - count(distinct order_id) from orders_text)
        as "orders.order_id__stands_twice",
    (
        select count(*) from orders_text
        where order_status is null or order_status not in (
            'created', 'approved', 'invoiced', 'processing', 'shipped', 'delivered', 'canceled',
            'unavailable'
        )
    ) as "orders.order_status__is_no_status_that_is_known",
    (
        select count(*) from orders_text
        where try_cast(order_purchase_timestamp as timestamp) is null
    ) as "orders.order_purchase_timestamp__is_missing_or_no_time",
    (
        select count(*) from orders_text
        where order_approved_at is not null and try_cast(order_approved_at as timestamp) is null
    ) as "orders.order_approved_at__is_no_time",
    (
        select count(*) from orders_text
        where
            order_delivered_carrier_date is not null
            and try_cast(order_delivered_carrier_date as timestamp) is null
    ) as "orders.order_delivered_carrier_date__is_no_time",
    (
        select count(*) from orders_text
        where
            order_delivered_customer_date is not null
            and try_cast(order_delivered_customer_date as timestamp) is null
    ) as "orders.order_delivered_customer_date__is_no_time",
    (
        select count(*) from orders_text
        where
            order_estimated_delivery_date is not null
            and try_cast(order_estimated_delivery_date as timestamp) is null
    ) as "orders.order_estimated_delivery_date__is_no_time",
    (select count(*) from order_items_text where order_id is null or product_id is null)
        as "order_items.order_id__or_product_id_is_missing",
    (
        select count(*) from order_items_text
        where not regexp_full_match(coalesce(order_item_id, ''), '[0-9]{1,9}')
    ) as "order_items.order_item_id__is_missing_or_no_whole_number",
    (
        select count(*) - count(distinct(order_id, order_item_id)) from order_items_text
    ) as "order_items.order_item_id__stands_twice_in_an_order",
    (
        select count(*) from order_items_text
        where (try_cast(price as double) = round(try_cast(price as double), 2)) is not true
    ) as "order_items.price__is_missing_or_no_amount_in_centavos",
    (
        select count(*) from order_items_text
        where
            (try_cast(freight_value as double) = round(try_cast(freight_value as double), 2))
            is not true
    ) as "order_items.freight_value__is_missing_or_no_amount_in_centavos",
    (
        select count(*) from order_payments_text
        where
            (try_cast(payment_value as double) = round(try_cast(payment_value as double), 2))
            is not true
    ) as "order_payments.payment_value__is_missing_or_no_amount_in_centavos",
    (select count(*) from order_payments_text where order_id is null)
        as "order_payments.order_id__is_missing",
    (select count(*) from order_reviews_text where review_id is null or order_id is null)
        as "order_reviews.review_id__or_order_id_is_missing",
    (
        select count(*) - count(distinct(review_id, order_id)) from order_reviews_text
    ) as "order_reviews.review_id__stands_twice_on_an_order",
    (
        select count(*) from order_reviews_text
        where not regexp_full_match(coalesce(review_score, ''), '-?[0-9]{1,9}')
    ) as "order_reviews.review_score__is_missing_or_no_whole_number",
    (
        select count(*) from order_reviews_text
        where try_cast(review_answer_timestamp as timestamp) is null
    ) as "order_reviews.review_answer_timestamp__is_missing_or_no_time",
    (
        select count(*) from customers_text
        where customer_id is null or customer_unique_id is null
    ) as "customers.customer_id__or_customer_unique_id_is_missing",
    (select count(*) - count(distinct customer_id) from customers_text)
        as "customers.customer_id__stands_twice",
    (select count(*) - count(distinct product_id) from products_text)
        as "products.product_id__is_missing_or_stands_twice",
    (select count(*) - count(distinct product_category_name) from category_translation_text)
        as "category_translation.product_category_name__is_missing_or_stands_twice",
    (select count(*) - count(distinct seller_id) from sellers_text)
        as "sellers.seller_id__is_missing_or_stands_twice"
