-- One row per SKU sold in 180 days, and whether it may be offered on the day after $as_of: goods,
-- launched, not delisted. A promotion counts if it runs on that day and was announced by $as_of_end.
with sold_skus as (
    select
        sku_id,
        max(sku_name) as sku_name,
        bool_and(is_goods) as is_goods
    from order_lines_as_of
    where has_net_units and day > $as_of - 180
    group by sku_id
),

promoted_skus as (
    select distinct sku_id
    from promotions
    where
        starts_on <= $as_of + 1
        and ends_on >= $as_of + 1
        and (announced_at is null or announced_at < $as_of_end)
        and sku_id is not null
)

select
    s.sku_id,
    s.sku_name,
    p.allergens,
    p.unsuitable_below_years,
    s.is_goods
    and (p.launched_on is null or p.launched_on <= $as_of + 1)
    and x.sku_id is null as is_offerable,
    r.sku_id is not null as is_on_promotion
from sold_skus as s
left join products as p on s.sku_id = p.sku_id
left join off_offer as x on s.sku_id = x.sku_id and $as_of + 1 between x.from_day and x.until_day
left join promoted_skus as r on s.sku_id = r.sku_id
order by s.sku_id
