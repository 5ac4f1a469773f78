-- One typed table per file. `purchases` is an order with its customer; an order whose customer is
-- unknown keeps its row.
create or replace temp table purchases as
select
    o.order_id,
    c.customer_unique_id as user_id,
    c.customer_city || ' ' || c.customer_state as community_id,
    o.order_status as status,
    cast(o.order_purchase_timestamp as timestamp) as ordered_at,
    cast(o.order_approved_at as timestamp) as approved_at,
    cast(o.order_delivered_carrier_date as timestamp) as dispatched_at,
    cast(o.order_delivered_customer_date as timestamp) as arrived_at,
    cast(cast(o.order_estimated_delivery_date as timestamp) as date) as promised_on
from orders_text as o
left join customers_text as c on o.customer_id = c.customer_id;

create or replace temp table items as
select
    order_id,
    cast(order_item_id as bigint) as item_number,
    product_id,
    seller_id,
    cast(price as decimal(18, 2)) as price,
    cast(freight_value as decimal(18, 2)) as freight
from order_items_text;

create or replace temp table goods as
select
    p.product_id,
    p.product_category_name as category_portuguese,
    t.product_category_name_english as category_english
from products_text as p
left join category_translation_text as t on p.product_category_name = t.product_category_name;

create or replace temp table payments as
select
    order_id,
    cast(payment_value as decimal(18, 2)) as amount
from order_payments_text;

create or replace temp table reviews as
select
    review_id,
    order_id,
    cast(review_score as bigint) as stars,
    nullif(
        concat_ws(chr(10), review_comment_title, review_comment_message), ''
    ) as text,
    cast(review_answer_timestamp as timestamp) as answered_at
from order_reviews_text;

-- What each order comes to, and what was paid for it: items with freight against payments.
create or replace temp table bills as
with due as (
    select order_id, sum(price + freight) as due from items group by order_id
),

paid as (
    select order_id, sum(amount) as paid from payments group by order_id
)

select
    order_id,
    due.due,
    paid.paid
from due
full join paid using (order_id);

-- Where a person is at home: the city of the latest order.
create or replace temp table homes as
select
    user_id,
    last(community_id order by ordered_at, order_id) as community_id
from purchases
where user_id is not null
group by user_id
