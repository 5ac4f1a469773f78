-- One row per user known at $as_of, from the users file or from an order line. A user of the file
-- without a registration time is known from the first order line on: no other column dates the row.
with lines as (
    select user_id, community_id, day
    from order_lines_as_of
    where user_id is not null
),

ordered as (
    select user_id, min(day) as first_day, count(*) as lines
    from lines
    group by user_id
),

ordered_from as (
    select
        user_id,
        community_id,
        row_number() over (
            partition by user_id
            order by count(distinct day) desc, max(day) desc, community_id
        ) as rank
    from lines
    where community_id <> 'none'
    group by user_id, community_id
),

filed as (
    select *
    from users
    where registered_at < $as_of_end or registered_at is null
),

known as (
    select
        coalesce(o.user_id, f.user_id) as user_id,
        f.user_id is not null as is_filed,
        o.user_id is not null as has_ordered,
        coalesce(f.community_id, h.community_id) as community_id,
        f.gender,
        f.age_band,
        f.household_size,
        case
            when o.first_day is null then cast(f.registered_at as date)
            when f.registered_at is null then o.first_day
            else least(cast(f.registered_at as date), o.first_day)
        end as since,
        coalesce(o.lines, 0) as lines
    from filed as f
    full outer join ordered as o on f.user_id = o.user_id
    left join ordered_from as h on o.user_id = h.user_id and h.rank = 1
    where o.user_id is not null or f.registered_at is not null
)

select
    $as_of as as_of,
    k.user_id,
    'evidence' as evidence,
    k.lines + case when k.is_filed then 1 else 0 end as evidence_count,
    k.community_id,
    c.warehouse_id,
    c.region_id,
    case when k.is_filed then 1 else 0 end as file_rows,
    k.gender,
    k.age_band,
    case when k.household_size is not null then 1 else 0 end as household_rows,
    k.household_size,
    case
        when k.household_size = 1 then 'one'
        when k.household_size = 2 then 'two'
        when k.household_size > 2 then 'family'
    end as household_hint,
    case when k.household_size is not null then 'users file' end as household_source,
    date_diff('day', k.since, $as_of) as tenure_days,
    case
        when k.is_filed and k.has_ordered then 'users file, orders'
        when k.is_filed then 'users file'
        else 'orders'
    end as source
from known as k
left join communities as c on k.community_id = c.community_id
