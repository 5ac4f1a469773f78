-- What is to be ordered per warehouse and supplier. Pieces and kilograms are never added up. Sums are
-- of decimals, so that they do not depend on the order of the rows.
select
    warehouse_id,
    max(supplier_name) as supplier_name,
    cast(count(*) as bigint) as lines,
    cast(count(*) filter (where suggested_units > 0) as bigint) as lines_to_order,
    cast(sum(cast(
        case when sale_unit = 'kg' then 0 else suggested_units end as decimal(18, 4)
    )) as double) as pieces_to_order,
    cast(sum(cast(
        case when sale_unit = 'kg' then suggested_units else 0 end as decimal(18, 4)
    )) as double) as kilograms_to_order,
    cast(sum(cast(suggested_packs as decimal(18, 6))) as double) as packs_to_order,
    cast(sum(cast(amount_yuan as decimal(18, 4))) as double) as amount_yuan,
    cast(count(*) filter (where suggested_units > 0 and cost_yuan is null) as bigint)
        as lines_without_cost,
    cast(count(*) filter (where exception is not null) as bigint) as lines_for_a_person,
    cast(sum(cast(expected_profit_yuan as decimal(18, 4))) as double) as expected_profit_yuan
from restock_lines
where as_of = $as_of
group by warehouse_id, supplier_id
order by warehouse_id, supplier_id
