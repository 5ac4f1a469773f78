-- Per segment and paired item: distinct users and lines.
with counted as (
    select
        b.level,
        b.item,
        i.item_name,
        b.user_group,
        count(distinct b.user_id) as users,
        count(*) as lines
    from basket_items as b
    inner join paired_items as i on b.level = i.level and b.item = i.item
    group by b.level, b.item, i.item_name, b.user_group
)

select
    $kind as kind,
    c.level,
    s.segment_kind,
    s.segment_value,
    c.item,
    c.item_name,
    cast(sum(c.users) as bigint) as users,
    cast(sum(c.lines) as bigint) as lines
from counted as c
inner join segments as s on c.user_group = s.user_group
group by c.level, s.segment_kind, s.segment_value, c.item, c.item_name
