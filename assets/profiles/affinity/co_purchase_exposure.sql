-- Other lines of each paired item's users in the orders that contain it. A user with k of them
-- counts +1 at 0 lines and −1 at k: summed with the probability of no match in so many lines, that
-- is the probability of at least one (`models/affinity/association_rules.py`).
with lines_per_order as (
    select level, user_id, order_id, count(*) as lines
    from basket_items
    group by level, user_id, order_id
),

own as (
    select b.level, b.user_id, b.user_group, b.order_id, b.item, count(*) as own_lines
    from basket_items as b
    inner join paired_items as i on b.level = i.level and b.item = i.item
    group by b.level, b.user_id, b.user_group, b.order_id, b.item
),

other_lines as (
    select w.level, w.user_id, w.user_group, w.item, sum(o.lines - w.own_lines) as other_lines_count
    from own as w
    inner join lines_per_order as o
        on w.level = o.level and w.user_id = o.user_id and w.order_id = o.order_id
    group by w.level, w.user_id, w.user_group, w.item
),

counted as (
    select level, user_group, item, 0 as seen_lines, count(*) as weight
    from other_lines
    group by level, user_group, item

    union all

    select level, user_group, item, other_lines_count as seen_lines, -count(*) as weight
    from other_lines
    group by level, user_group, item, other_lines_count
)

select
    'co_purchase' as kind,
    c.level,
    s.segment_kind,
    s.segment_value,
    c.item as antecedent,
    cast(c.seen_lines as bigint) as seen_lines,
    cast(sum(c.weight) as bigint) as weight
from counted as c
inner join segments as s on c.user_group = s.user_group
group by c.level, s.segment_kind, s.segment_value, c.item, c.seen_lines
