-- What is to be ordered per warehouse. Pieces and kilograms are never added up. Sums are of decimals,
-- so that they do not depend on the order of the rows.
select
    l.warehouse_id,
    cast(count(*) as bigint) as lines,
    cast(count(*) filter (where l.suggested_units > 0) as bigint) as lines_to_order,
    cast(sum(cast(
        case when l.sale_unit = 'kg' then 0 else l.suggested_units end as decimal(18, 4)
    )) as double) as pieces_to_order,
    cast(sum(cast(
        case when l.sale_unit = 'kg' then l.suggested_units else 0 end as decimal(18, 4)
    )) as double) as kilograms_to_order,
    cast(sum(cast(l.suggested_packs as decimal(18, 6))) as double) as packs_to_order,
    cast(sum(cast(
        l.suggested_units * cast(p.cost_yuan as double) as decimal(18, 4)
    )) as double) as cost_yuan,
    cast(count(*) filter (where l.suggested_units > 0 and p.cost_yuan is null) as bigint)
        as lines_without_cost,
    cast(count(*) filter (where coalesce(l.flag_zh, '') <> '') as bigint) as lines_flagged
from restock_lines as l
left join (
    select sku_id, max(cost_yuan) as cost_yuan from products group by sku_id
) as p on l.sku_id = p.sku_id
where l.as_of = $as_of
group by l.warehouse_id
order by l.warehouse_id
