-- How many rows of each file find no partner, or several, in the others. `part` is what is counted,
-- `rows` how many of them; `all_rows` is the whole part.
WITH order_facts AS (
    SELECT
        o.*,
        (SELECT count(*) FROM items AS i WHERE i.order_id = o.order_id) AS items,
        (SELECT count(*) FROM reviews AS r WHERE r.order_id = o.order_id) AS reviews,
        (SELECT count(*) FROM payments AS p WHERE p.order_id = o.order_id) AS payments
    FROM purchases AS o
),

review_orders AS (
    SELECT review_id, count(*) AS orders FROM reviews GROUP BY review_id
),

user_cities AS (
    SELECT user_id, count(DISTINCT community_id) AS cities FROM purchases GROUP BY user_id
),

counted AS (
    SELECT 1 AS place, 'orders' AS part, count(*) AS all_rows,
        [
            {'what': 'without an item', 'rows': count(*) FILTER (WHERE items = 0)},
            {
                'what': 'of a customer not in customers',
                'rows': count(*) FILTER (WHERE user_id IS NULL)
            },
            {'what': 'without a payment', 'rows': count(*) FILTER (WHERE payments = 0)},
            {'what': 'without a review', 'rows': count(*) FILTER (WHERE reviews = 0)},
            {'what': 'with several reviews', 'rows': count(*) FILTER (WHERE reviews > 1)}
        ] AS findings
    FROM order_facts
    UNION ALL
    SELECT 2, 'items', count(*),
        [
            {
                'what': 'of an order not in orders',
                'rows': count(*) FILTER (WHERE o.order_id IS NULL)
            },
            {
                'what': 'of a product not in products',
                'rows': count(*) FILTER (WHERE g.product_id IS NULL)
            },
            {
                'what': 'of a seller not in sellers',
                'rows': count(*) FILTER (WHERE s.seller_id IS NULL)
            }
        ]
    FROM items AS i
    LEFT JOIN purchases AS o ON i.order_id = o.order_id
    LEFT JOIN goods AS g ON i.product_id = g.product_id
    LEFT JOIN sellers_text AS s ON i.seller_id = s.seller_id
    UNION ALL
    SELECT 3, 'products', count(*),
        [
            {
                'what': 'without a category',
                'rows': count(*) FILTER (WHERE category_portuguese IS NULL)
            },
            {
                'what': 'with a category nobody translated',
                'rows': count(*) FILTER (
                    WHERE category_portuguese IS NOT NULL AND category_english IS NULL
                )
            },
            {
                'what': 'without an item',
                'rows': count(*) FILTER (WHERE product_id NOT IN (SELECT product_id FROM items))
            }
        ]
    FROM goods
    UNION ALL
    SELECT 4, 'orders handed to a carrier', count(*),
        [
            {
                'what': 'delivered late',
                'rows': count(*) FILTER (WHERE arrived_at::DATE > promised_on)
            },
            {'what': 'not delivered', 'rows': count(*) FILTER (WHERE arrived_at IS NULL)},
            {
                'what': 'called delivered without the moment',
                'rows': count(*) FILTER (WHERE arrived_at IS NULL AND status = 'delivered')
            },
            {'what': 'cancelled all the same', 'rows': count(*) FILTER (WHERE status = 'canceled')},
            {
                'what': 'delivered before they were handed over',
                'rows': count(*) FILTER (WHERE arrived_at < dispatched_at)
            }
        ]
    FROM purchases
    WHERE dispatched_at IS NOT NULL
    UNION ALL
    SELECT 5, 'reviews', count(*),
        [
            {
                'what': 'of an order not in orders',
                'rows': count(*) FILTER (WHERE o.order_id IS NULL)
            },
            {'what': 'without a word', 'rows': count(*) FILTER (WHERE r.text IS NULL)},
            {
                'what': 'that stand on several orders',
                'rows': (SELECT count(*) FROM review_orders WHERE orders > 1)
            },
            {
                'what': 'that repeat one on another order',
                'rows': (SELECT coalesce(sum(orders - 1), 0)::BIGINT FROM review_orders)
            },
            {
                'what': 'answered before the order was placed',
                'rows': count(*) FILTER (WHERE r.answered_at < o.ordered_at)
            }
        ]
    FROM reviews AS r
    LEFT JOIN purchases AS o ON r.order_id = o.order_id
    UNION ALL
    SELECT 6, 'orders with payments or items', count(*),
        [
            {'what': 'paid as items and freight', 'rows': count(*) FILTER (WHERE due = paid)},
            {'what': 'paid otherwise', 'rows': count(*) FILTER (WHERE due <> paid)},
            {
                'what': 'off by more than a centavo',
                'rows': count(*) FILTER (WHERE abs(due - paid) > 0.01)
            },
            {'what': 'paid without an item', 'rows': count(*) FILTER (WHERE due IS NULL)},
            {'what': 'without a payment', 'rows': count(*) FILTER (WHERE paid IS NULL)}
        ]
    FROM bills
    UNION ALL
    SELECT 7, 'customers', count(*),
        [
            {
                'what': 'whose zip code has no geolocation',
                'rows': count(*) FILTER (
                    WHERE customer_zip_code_prefix IS NULL OR customer_zip_code_prefix NOT IN (
                        SELECT geolocation_zip_code_prefix FROM geolocation_text
                        WHERE geolocation_zip_code_prefix IS NOT NULL
                    )
                )
            },
            {'what': 'persons', 'rows': count(DISTINCT customer_unique_id)},
            {
                'what': 'persons with orders in several cities',
                'rows': (SELECT count(*) FROM user_cities WHERE cities > 1)
            }
        ]
    FROM customers_text
)

SELECT
    part,
    all_rows,
    findings
FROM counted
ORDER BY place
