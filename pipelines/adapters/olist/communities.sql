-- The city is the finest place that holds more than a customer or two; names repeat across states,
-- so the state belongs to the id. Sellers ship themselves: one warehouse represents them all.
select distinct
    customer_city || ' ' || customer_state as community_id,
    customer_city as community_name,
    'BR' as warehouse_id,
    customer_state as region_id,
    customer_city as city
from customers_text
where customer_city is not null and customer_state is not null
order by community_id
