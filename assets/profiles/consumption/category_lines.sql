-- Kept goods lines of 365 days of a known category, of the users looked at.
select
    l.user_id,
    l.category,
    l.day,
    r.price_rank
from touched_lines as l
left join ranks as r
    on l.sku_id = r.sku_id and l.category = r.category and l.sale_unit = r.sale_unit
where l.is_goods and l.is_kept and l.day >= $since_365 and l.category <> 'unknown'
