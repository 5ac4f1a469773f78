-- Every store is a front warehouse that serves itself.
select distinct
    store_id as community_id,
    store_id as warehouse_id,
    city_id as region_id
from source
order by store_id, city_id
