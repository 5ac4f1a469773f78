-- Net goods lines of 365 days with a known category, of the users of the part.
select
    l.user_id,
    l.category,
    l.day,
    r.price_rank
from lines_of_part as l
left join ranks as r
    on l.sku_id = r.sku_id and l.category = r.category and l.sale_unit = r.sale_unit
where l.is_goods and l.has_net_units and l.day >= $since_365 and l.category <> 'unknown'
