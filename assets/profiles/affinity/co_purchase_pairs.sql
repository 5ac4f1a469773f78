-- Users with both items in one order, each user once per pair, items in order of name. The number
-- of rows grows with Σ over orders of (paired items of the order)² ÷ 2, not with items².
with held as (
    select distinct b.level, b.user_id, b.user_group, b.order_id, b.item
    from basket_items as b
    inner join paired_items as i on b.level = i.level and b.item = i.item
),

pairs as (
    select distinct f.level, f.user_id, f.user_group, f.item as antecedent, o.item as consequent
    from held as f
    inner join held as o
        on
            f.level = o.level
            and f.user_id = o.user_id
            and f.order_id = o.order_id
            and f.item < o.item
),

counted as (
    select level, user_group, antecedent, consequent, count(*) as users
    from pairs
    group by level, user_group, antecedent, consequent
)

select
    'co_purchase' as kind,
    c.level,
    s.segment_kind,
    s.segment_value,
    c.antecedent,
    c.consequent,
    cast(sum(c.users) as bigint) as users_both,
    cast(null as double) as median_lag_days
from counted as c
inner join segments as s on c.user_group = s.user_group
group by c.level, s.segment_kind, s.segment_value, c.antecedent, c.consequent
