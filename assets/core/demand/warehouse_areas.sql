-- Area ids under which weather and holidays may name a warehouse: its region, its communities,
-- itself.
select distinct w.warehouse_no, a.kind, a.area_id
from (select distinct warehouse_id, warehouse_no from panel_series) as w
inner join (
    select coalesce(warehouse_id, community_id) as warehouse_id, 'region' as kind, region_id as area_id
    from communities
    union
    select coalesce(warehouse_id, community_id) as warehouse_id, 'community' as kind, community_id as area_id
    from communities
    union
    select warehouse_id, 'community' as kind, warehouse_id as area_id from panel_series
) as a on w.warehouse_id = a.warehouse_id
where a.area_id is not null
