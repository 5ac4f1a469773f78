-- Segments of each user group. A group is a layer and an age band, so that sums over users are
-- computed once per group and not once per segment.
with groups as (
    select distinct user_group, layer, age_band from user_groups
)

select user_group, 'all' as segment_kind, 'all' as segment_value
from groups

union all

select user_group, 'layer' as segment_kind, layer as segment_value
from groups
where layer is not null

union all

select user_group, 'age_band' as segment_kind, age_band as segment_value
from groups
where age_band is not null
