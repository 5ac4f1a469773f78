-- Lines of other items that users of a paired item had before each following day (+1) and at its
-- end (−1): summed with the probability of no match in so many lines, that is the probability that
-- another item is bought for the first time on one of these days.
with counted as (
    select level, user_group, item, others_before as seen_lines, count(*) as weight
    from following_days
    group by level, user_group, item, others_before

    union all

    select level, user_group, item, others_after as seen_lines, -count(*) as weight
    from following_days
    group by level, user_group, item, others_after
)

select
    'sequence' as kind,
    c.level,
    s.segment_kind,
    s.segment_value,
    c.item as antecedent,
    c.seen_lines,
    cast(sum(c.weight) as bigint) as weight
from counted as c
inner join segments as s on c.user_group = s.user_group
group by c.level, s.segment_kind, s.segment_value, c.item, c.seen_lines
