-- Users whose first line of an item in the window is on a day that follows another item; each user
-- once per pair. The lag counts from the last day with the other item.
with firsts as (
    select b.level, b.user_id, b.item, min(b.day) as day
    from basket_items as b
    inner join paired_items as i on b.level = i.level and b.item = i.item
    group by b.level, b.user_id, b.item
)

select
    'sequence' as kind,
    f.level,
    s.segment_kind,
    s.segment_value,
    d.item as antecedent,
    f.item as consequent,
    count(*) as users_both,
    cast(percentile_cont(0.5) within group (order by d.lag_days) as double) as median_lag_days
from firsts as f
inner join following_days as d
    on f.level = d.level and f.user_id = d.user_id and f.day = d.day and f.item <> d.item
inner join segments as s on d.user_group = s.user_group
group by f.level, s.segment_kind, s.segment_value, d.item, f.item
