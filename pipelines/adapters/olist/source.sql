-- One typed table per file. `purchases` is an order with its customer; an order whose customer is
-- unknown keeps its row.
CREATE OR REPLACE TEMP TABLE purchases AS
SELECT
    o.order_id,
    c.customer_unique_id AS user_id,
    c.customer_city || ' ' || c.customer_state AS community_id,
    o.order_status AS status,
    o.order_purchase_timestamp::TIMESTAMP AS ordered_at,
    o.order_approved_at::TIMESTAMP AS approved_at,
    o.order_delivered_carrier_date::TIMESTAMP AS dispatched_at,
    o.order_delivered_customer_date::TIMESTAMP AS arrived_at,
    o.order_estimated_delivery_date::TIMESTAMP::DATE AS promised_on
FROM orders_text AS o
LEFT JOIN customers_text AS c ON o.customer_id = c.customer_id;

CREATE OR REPLACE TEMP TABLE items AS
SELECT
    order_id,
    order_item_id::BIGINT AS item_number,
    product_id,
    seller_id,
    price::DECIMAL(18, 2) AS price,
    freight_value::DECIMAL(18, 2) AS freight
FROM order_items_text;

CREATE OR REPLACE TEMP TABLE goods AS
SELECT
    p.product_id,
    p.product_category_name AS category_portuguese,
    t.product_category_name_english AS category_english
FROM products_text AS p
LEFT JOIN category_translation_text AS t ON p.product_category_name = t.product_category_name;

CREATE OR REPLACE TEMP TABLE payments AS
SELECT
    order_id,
    payment_value::DECIMAL(18, 2) AS amount
FROM order_payments_text;

CREATE OR REPLACE TEMP TABLE reviews AS
SELECT
    review_id,
    order_id,
    review_score::BIGINT AS stars,
    nullif(
        concat_ws(chr(10), review_comment_title, review_comment_message), ''
    ) AS text,
    review_answer_timestamp::TIMESTAMP AS answered_at
FROM order_reviews_text;

-- What each order comes to, and what was paid for it: items with freight against payments.
CREATE OR REPLACE TEMP TABLE bills AS
WITH due AS (
    SELECT order_id, sum(price + freight) AS due FROM items GROUP BY order_id
),

paid AS (
    SELECT order_id, sum(amount) AS paid FROM payments GROUP BY order_id
)

SELECT
    order_id,
    due.due,
    paid.paid
FROM due
FULL JOIN paid USING (order_id);

-- Where a person is at home: the city of the latest order.
CREATE OR REPLACE TEMP TABLE homes AS
SELECT
    user_id,
    last(community_id ORDER BY ordered_at, order_id) AS community_id
FROM purchases
WHERE user_id IS NOT NULL
GROUP BY user_id
