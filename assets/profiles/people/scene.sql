-- Scene per user of profile_basic. Browsing figures are empty when no browsing export covers the window.
with order_facts as (
    select
        user_id,
        count(*) as orders,
        cast(sum(case when extract(isodow from placed_on) >= 6 then 1 else 0 end) as double) / count(*)
            as weekend_share,
        cast(sum(case when is_rainy then 1 else 0 end) as double) / nullif(count(is_rainy), 0)
            as rain_share,
        cast(sum(case when is_holiday then 1 else 0 end) as double) / nullif(count(is_holiday), 0)
            as holiday_share
    from scene_orders
    group by user_id
),

weekdays as (
    select
        user_id,
        extract(isodow from placed_on) as weekday,
        row_number() over (
            partition by user_id
            order by count(*) desc, max(placed_on) desc, extract(isodow from placed_on)
        ) as place
    from scene_orders
    group by user_id, extract(isodow from placed_on)
),

moments as (
    select user_id, ordered_at as moment from scene_orders
    union all
    select user_id, occurred_at as moment
    from scene_browse
    where action in ('view_list', 'view_detail')
),

hours as (
    select
        user_id,
        extract(hour from moment) as hour,
        row_number() over (
            partition by user_id
            order by count(*) desc, max(moment) desc, extract(hour from moment)
        ) as place
    from moments
    group by user_id, extract(hour from moment)
),

browsing as (
    select
        user_id,
        count(*) as events,
        sum(case when action = 'search' and day >= $since_30 then 1 else 0 end) as searches_30d,
        sum(case when action = 'view_detail' and day >= $since_30 then 1 else 0 end) as views_30d
    from scene_browse
    group by user_id
),

searched as (
    select
        user_id,
        search_text,
        row_number() over (partition by user_id order by occurred_at desc, event_id) as place
    from scene_browse
    where action = 'search' and search_text <> ''
),

carried as (
    select distinct order_id, user_id
    from known_lines
    where user_id is not null
),

pick_ups as (
    select
        c.user_id,
        percentile_cont(0.5) within group (
            order by date_diff('second', s.arrived_at, s.picked_up_at) / 3600.0
        ) as pick_up_delay_hours
    from logistics as s
    inner join carried as c on s.order_id = c.order_id
    where
        s.business_date >= $since_90
        and s.business_date <= $as_of
        and s.picked_up_at >= s.arrived_at
        and s.picked_up_at < $as_of_end
    group by c.user_id
),

seen as (
    select
        u.user_id,
        coalesce(o.orders, 0) + coalesce(b.events, 0) as evidence_count
    from profile_basic as u
    left join order_facts as o on u.user_id = o.user_id
    left join browsing as b on u.user_id = b.user_id
    where u.as_of = $as_of
)

select
    $as_of as as_of,
    u.user_id,
    case when u.evidence_count > 0 then 'evidence' else 'no_evidence' end as evidence,
    u.evidence_count,
    h.hour as active_hour,
    w.weekday as active_weekday,
    o.weekend_share,
    o.rain_share,
    o.holiday_share,
    case when u.evidence_count > 0 then p.pick_up_delay_hours end as pick_up_delay_hours,
    case when $has_browse and u.evidence_count > 0 then coalesce(b.searches_30d, 0) end
        as searches_30d,
    case when $has_browse and u.evidence_count > 0 then coalesce(b.views_30d, 0) end as views_30d,
    case when $has_browse and u.evidence_count > 0 then coalesce(l.latent_interest_skus, 0) end
        as latent_interest_skus,
    l.latent_interest_sku_id,
    s.search_text as last_search
from seen as u
left join order_facts as o on u.user_id = o.user_id
left join weekdays as w on u.user_id = w.user_id and w.place = 1
left join hours as h on u.user_id = h.user_id and h.place = 1
left join browsing as b on u.user_id = b.user_id
left join searched as s on u.user_id = s.user_id and s.place = 1
left join pick_ups as p on u.user_id = p.user_id
left join scene_latent as l on u.user_id = l.user_id
