-- Days of each kind on which a user could have ordered: of the last 90, since the user is known.
with started as (
    select
        user_id,
        community_id,
        greatest(date_add($as_of, -cast(tenure_days as integer)), $since_90) as since
    from profile_basic
    where as_of = $as_of and community_id is not null
),

-- few pairs of community and day cover many users
days_since as (
    select
        s.community_id,
        s.since,
        sum(case when c.is_rainy then 1 else 0 end) as rainy_days,
        count(c.is_rainy) as days_with_weather,
        sum(case when c.is_holiday then 1 else 0 end) as holidays,
        sum(case when c.is_school_season then 1 else 0 end) as school_days,
        count(c.is_holiday) as days_with_calendar
    from (select distinct community_id, since from started) as s
    inner join community_day_kinds as c on s.community_id = c.community_id and s.since <= c.day
    group by s.community_id, s.since
)

select
    u.user_id,
    cast(d.rainy_days as double) / nullif(d.days_with_weather, 0) as rainy_day_share,
    cast(d.holidays as double) / nullif(d.days_with_calendar, 0) as holiday_share_of_days,
    cast(d.school_days as double) / nullif(d.days_with_calendar, 0) as school_share_of_days
from started as u
inner join days_since as d on u.community_id = d.community_id and u.since = d.since
