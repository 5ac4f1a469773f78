-- How many rows of each file find no partner, or several, in the others. `part` is what is counted,
-- `rows` how many of them; `all_rows` is the whole part.
with order_facts as (
    select
        o.*,
        (select count(*) from items as i where i.order_id = o.order_id) as items,
        (select count(*) from reviews as r where r.order_id = o.order_id) as reviews,
        (select count(*) from payments as p where p.order_id = o.order_id) as payments
    from purchases as o
),

review_orders as (
    select review_id, count(*) as orders from reviews group by review_id
),

user_cities as (
    select user_id, count(distinct community_id) as cities from purchases group by user_id
),

counted as (
    select
        1 as place, 'orders' as part, count(*) as all_rows,
        [
            {'what': 'without an item', 'rows': count(*) filter (where items = 0)},
            {
                'what': 'of a customer not in customers',
                'rows': count(*) filter (where user_id is null)
            },
            {'what': 'without a payment', 'rows': count(*) filter (where payments = 0)},
            {'what': 'without a review', 'rows': count(*) filter (where reviews = 0)},
            {'what': 'with several reviews', 'rows': count(*) filter (where reviews > 1)}
        ] as findings
    from order_facts
    union all
    select
        2, 'items', count(*),
        [
            {
                'what': 'of an order not in orders',
                'rows': count(*) filter (where o.order_id is null)
            },
            {
                'what': 'of a product not in products',
                'rows': count(*) filter (where g.product_id is null)
            },
            {
                'what': 'of a seller not in sellers',
                'rows': count(*) filter (where s.seller_id is null)
            }
        ]
    from items as i
    left join purchases as o on i.order_id = o.order_id
    left join goods as g on i.product_id = g.product_id
    left join sellers_text as s on i.seller_id = s.seller_id
    union all
    select
        3, 'products', count(*),
        [
            {
                'what': 'without a category',
                'rows': count(*) filter (where category_portuguese is null)
            },
            {
                'what': 'with a category nobody translated',
                'rows': count(*) filter (
                    where category_portuguese is not null and category_english is null
                )
            },
            {
                'what': 'without an item',
                'rows': count(*) filter (where product_id not in (select product_id from items))
            }
        ]
    from goods
    union all
    select
        4, 'orders handed to a carrier', count(*),
        [
            {
                'what': 'delivered late',
                'rows': count(*) filter (where cast(arrived_at as date) > promised_on)
            },
            {'what': 'not delivered', 'rows': count(*) filter (where arrived_at is null)},
            {
                'what': 'called delivered without the moment',
                'rows': count(*) filter (where arrived_at is null and status = 'delivered')
            },
            {'what': 'cancelled all the same', 'rows': count(*) filter (where status = 'canceled')},
            {
                'what': 'delivered before they were handed over',
                'rows': count(*) filter (where arrived_at < dispatched_at)
            }
        ]
    from purchases
    where dispatched_at is not null
    union all
    select
        5, 'reviews', count(*),
        [
            {
                'what': 'of an order not in orders',
                'rows': count(*) filter (where o.order_id is null)
            },
            {'what': 'without a word', 'rows': count(*) filter (where r.text is null)},
            {
                'what': 'that stand on several orders',
                'rows': (select count(*) from review_orders where orders > 1)
            },
            {
                'what': 'that repeat one on another order',
                'rows': (select cast(coalesce(sum(orders - 1), 0) as bigint) from review_orders)
            },
            {
                'what': 'answered before the order was placed',
                'rows': count(*) filter (where r.answered_at < o.ordered_at)
            }
        ]
    from reviews as r
    left join purchases as o on r.order_id = o.order_id
    union all
    select
        6, 'orders with payments or items', count(*),
        [
            {'what': 'paid as items and freight', 'rows': count(*) filter (where due = paid)},
            {'what': 'paid otherwise', 'rows': count(*) filter (where due <> paid)},
            {
                'what': 'off by more than a centavo',
                'rows': count(*) filter (where abs(due - paid) > 0.01)
            },
            {'what': 'paid without an item', 'rows': count(*) filter (where due is null)},
            {'what': 'without a payment', 'rows': count(*) filter (where paid is null)}
        ]
    from bills
    union all
    select
        7, 'customers', count(*),
        [
            {
                'what': 'whose zip code has no geolocation',
                'rows': count(*) filter (
                    where customer_zip_code_prefix is null or customer_zip_code_prefix not in (
                        select geolocation_zip_code_prefix from geolocation_text
                        where geolocation_zip_code_prefix is not null
                    )
                )
            },
            {'what': 'persons', 'rows': count(distinct customer_unique_id)},
            {
                'what': 'persons with orders in several cities',
                'rows': (select count(*) from user_cities where cities > 1)
            }
        ]
    from customers_text
)

select
    part,
    all_rows,
    findings
from counted
order by place
