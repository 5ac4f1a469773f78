-- Number of users by their number of lines, per segment, over all items.
with users as (
    select level, user_id, user_group, count(*) as lines
    from basket_items
    group by level, user_id, user_group
),

counted as (
    select level, user_group, lines, count(*) as users
    from users
    group by level, user_group, lines
)

select
    $kind as kind,
    c.level,
    s.segment_kind,
    s.segment_value,
    c.lines,
    cast(sum(c.users) as bigint) as users
from counted as c
inner join segments as s on c.user_group = s.user_group
group by c.level, s.segment_kind, s.segment_value, c.lines
