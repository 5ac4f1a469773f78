-- Layer of the day and age band per user; the band is empty where unknown or excluded.
with users as (
    select
        p.user_id,
        case when l.layer <> 'unknown' then l.layer end as layer,
        case when o.age_band is null then p.age_band end as age_band
    from profile_basic as p
    left join layer_labels as l on p.user_id = l.user_id and p.as_of = l.as_of
    left join left_out_ages as o on p.age_band = o.age_band
    where p.as_of = $as_of
)

select
    user_id,
    layer,
    age_band,
    coalesce(layer, '-') || ' ' || coalesce(age_band, '-') as user_group
from users
