-- Lines, purchase cycle and price band per user of the part and category.
with bought as (
    select
        user_id,
        category,
        sum(lines) as lines,
        count(*) as order_days,
        max(day) as last_order_on,
        sum(ranked_lines) as ranked_lines
    from category_days
    group by user_id, category
)

select
    $as_of as as_of,
    u.user_id,
    u.input_digest,
    b.category,
    b.lines,
    b.order_days,
    b.last_order_on,
    coalesce(c.gaps, 0) as cycle_gaps,
    c.cycle_days,
    case when c.gaps >= 2 then c.gaps else 0 end as spread_gaps,
    case when c.gaps >= 2 then c.spread_days end as cycle_spread_days,
    b.ranked_lines,
    p.price_level,
    case
        when p.price_level < 1e0 / 3 then 'low'
        when p.price_level <= 2e0 / 3 then 'middle'
        when p.price_level > 2e0 / 3 then 'high'
    end as price_band
from users_of_part as u
inner join bought as b on u.user_id = b.user_id
left join category_levels as p on b.user_id = p.user_id and b.category = p.category
left join category_cycles as c on b.user_id = c.user_id and b.category = c.category
