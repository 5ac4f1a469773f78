-- Net goods lines of 90 days of the users of the part, with the columns the other steps need.
select user_id, order_id, sku_id, category, community_id, day, ordered_at
from lines_of_part
where has_net_units and is_goods and day >= $since_90
