-- Days of a user without a paired item, 1 to $follow_days days after one with it, with the number
-- of lines of other items before that day and up to its end.
--
-- A day on which the item was bought again is excluded, so that items always bought in one order
-- never form a sequence. The number of rows grows with users × their paired items × their days.
with day_lines as (
    select level, user_id, day, count(*) as lines
    from basket_items
    group by level, user_id, day
),

running as (
    select
        level,
        user_id,
        day,
        lines,
        sum(lines) over (
            partition by level, user_id
            order by day
            rows between unbounded preceding and current row
        ) - lines as lines_before
    from day_lines
),

own as (
    select b.level, b.user_id, b.user_group, b.item, b.day, count(*) as own_lines
    from basket_items as b
    inner join paired_items as i on b.level = i.level and b.item = i.item
    group by b.level, b.user_id, b.user_group, b.item, b.day
),

-- from each day with the item to the day before the next one with it
spells as (
    select
        level,
        user_id,
        user_group,
        item,
        day,
        lead(day) over (partition by level, user_id, item order by day) as next_day,
        sum(own_lines) over (
            partition by level, user_id, item
            order by day
            rows between unbounded preceding and current row
        ) as own_before
    from own
)

select
    p.level,
    p.user_id,
    p.user_group,
    p.item,
    r.day,
    date_diff('day', p.day, r.day) as lag_days,
    cast(r.lines_before - p.own_before as bigint) as others_before,
    cast(r.lines_before - p.own_before + r.lines as bigint) as others_after
from spells as p
inner join running as r
    on
        p.level = r.level
        and p.user_id = r.user_id
        and p.day < r.day
        and (p.next_day is null or r.day < p.next_day)
where date_diff('day', p.day, r.day) <= $follow_days
