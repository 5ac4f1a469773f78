-- The customer's country is the finest place the source knows; goods leave one warehouse.
select distinct
    country as community_id,
    'UK' as warehouse_id,
    country as region_id
from source
where country is not null
order by country
