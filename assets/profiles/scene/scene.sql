-- Scene per user of the part. Browsing figures are empty for users without browsing in the window.
-- The responses follow in scene_responses.sql.
with order_facts as (
    select
        user_id,
        count(*) as orders,
        cast(sum(case when date_diff('day', date '1970-01-05', placed_on) % 7 >= 5 then 1 else 0 end) as double) / count(*)
            as weekend_share,
        count(is_rainy) as orders_with_weather,
        sum(case when is_rainy then 1 else 0 end) as rainy_orders,
        count(is_holiday) as orders_with_calendar,
        sum(case when is_holiday then 1 else 0 end) as holiday_orders,
        sum(case when is_school_season then 1 else 0 end) as school_orders,
        sum(case when food_lines > 0 then 1 else 0 end) as orders_with_food,
        sum(
            case
                when
                    ready_lines > 0
                    and cooking_categories = 0
                    and lines <= $lunch_most_lines
                    and is_workday
                    and extract(hour from ordered_at) between 9 and 12
                    then 1
                else 0
            end
        ) as lunch_orders,
        sum(case when cooking_categories >= 2 then 1 else 0 end) as cooking_orders
    from scene_orders
    group by user_id
),

weekdays as (
    select
        user_id,
        date_diff('day', date '1970-01-05', placed_on) % 7 + 1 as weekday,
        count(*) as orders,
        row_number() over (
            partition by user_id
            order by count(*) desc, max(placed_on) desc, date_diff('day', date '1970-01-05', placed_on) % 7 + 1
        ) as rank
    from scene_orders
    group by user_id, date_diff('day', date '1970-01-05', placed_on) % 7 + 1
),

moments as (
    select user_id, ordered_at as moment from scene_orders
    union all
    select user_id, occurred_at as moment
    from scene_browse
    where action in ('view_list', 'view_detail')
),

by_hour as (
    select user_id, extract(hour from moment) as hour, count(*) as moments, max(moment) as latest
    from moments
    group by user_id, extract(hour from moment)
),

hours as (
    select
        user_id,
        hour,
        row_number() over (partition by user_id order by moments desc, latest desc, hour) as rank
    from by_hour
),

by_period as (
    select
        user_id,
        case
            when hour between 5 and 9 then 'morning'
            when hour between 10 and 13 then 'noon'
            when hour between 14 and 17 then 'afternoon'
            when hour between 18 and 21 then 'evening'
            else 'night'
        end as period,
        sum(moments) as moments,
        max(latest) as latest
    from by_hour
    group by 1, 2
),

periods as (
    select
        user_id,
        period,
        moments,
        sum(moments) over (partition by user_id) as all_moments,
        row_number() over (partition by user_id order by moments desc, latest desc, period) as rank
    from by_period
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
        row_number() over (partition by user_id order by occurred_at desc, event_id) as rank
    from scene_browse
    where action = 'search' and search_text <> ''
),

-- a search counts once for each kind of word in it
worded as (
    select distinct b.user_id, b.event_id, b.day, w.kind
    from scene_browse as b
    inner join scene_words as w on position(w.word in lower(b.search_text)) > 0
    where b.action = 'search' and b.search_text <> ''
),

intents as (
    select
        user_id,
        sum(case when kind = 'quality' then 1 else 0 end) as quality,
        sum(case when kind = 'price' then 1 else 0 end) as price,
        sum(case when kind = 'novelty' then 1 else 0 end) as novelty,
        sum(case when kind = 'quality' and day >= $since_30 then 1 else 0 end) as quality_30d,
        sum(case when kind = 'price' and day >= $since_30 then 1 else 0 end) as price_30d,
        sum(case when kind = 'novelty' and day >= $since_30 then 1 else 0 end) as novelty_30d
    from worded
    group by user_id
),

said as (
    select user_id, count(*) as messages
    from scene_messages
    group by user_id
),

-- a message counts once for each kind of word in it
said_words as (
    select distinct m.user_id, m.message_id, w.kind
    from scene_messages as m
    inner join scene_words as w on position(w.word in m.text) > 0
),

asked as (
    select
        user_id,
        sum(case when kind = 'quality' then 1 else 0 end) as quality,
        sum(case when kind = 'price' then 1 else 0 end) as price,
        sum(case when kind = 'novelty' then 1 else 0 end) as novelty
    from said_words
    group by user_id
),

search_counts as (
    select user_id, count(*) as searches from searched group by user_id
),

pick_ups as (
    select
        user_id,
        count(*) as pick_ups,
        percentile_cont(0.5) within group (order by delay_hours) as pick_up_delay_hours
    from scene_pick_ups
    group by user_id
),

pick_up_hours as (
    select
        user_id,
        hour,
        row_number() over (
            partition by user_id order by count(*) desc, max(picked_up_at) desc, hour
        ) as rank
    from scene_pick_ups
    group by user_id, hour
),

seen as (
    select
        u.*,
        coalesce(o.orders, 0) + coalesce(b.events, 0) as evidence_count
    from users_of_part as u
    left join order_facts as o on u.user_id = o.user_id
    left join browsing as b on u.user_id = b.user_id
)

select
    $as_of as as_of,
    u.user_id,
    u.input_digest,
    case when u.evidence_count > 0 then 'evidence' else 'no_evidence' end as evidence,
    u.evidence_count,
    coalesce(p.all_moments, 0) as moments,
    h.hour as active_hour,
    p.period as active_period,
    cast(p.moments as double) / p.all_moments as active_period_share,
    coalesce(o.orders, 0) as orders_placed,
    w.weekday as active_weekday,
    cast(w.orders as double) / o.orders as active_weekday_share,
    o.weekend_share,
    coalesce(o.orders_with_weather, 0) as orders_with_weather,
    cast(o.rainy_orders as double) / nullif(o.orders_with_weather, 0) as rain_share,
    case when o.orders_with_weather > 0 then o.rainy_orders end as rainy_orders,
    coalesce(o.orders_with_calendar, 0) as orders_with_calendar,
    cast(o.holiday_orders as double) / nullif(o.orders_with_calendar, 0) as holiday_share,
    case when o.orders_with_calendar > 0 then o.holiday_orders end as holiday_orders,
    case when o.orders_with_calendar > 0 then o.school_orders end as school_orders,
    case when u.evidence_count > 0 then coalesce(k.pick_ups, 0) else 0 end as pick_ups,
    case when u.evidence_count > 0 then k.pick_up_delay_hours end as pick_up_delay_hours,
    case when u.evidence_count > 0 then kh.hour end as pick_up_hour,
    coalesce(g.lines_with_look, 0) as lines_with_look,
    g.planned_share,
    g.urgent_share,
    coalesce(o.orders_with_food, 0) as orders_with_food,
    cast(o.lunch_orders as double) / nullif(o.orders_with_food, 0) as office_lunch_share,
    cast(o.cooking_orders as double) / nullif(o.orders_with_food, 0) as family_cooking_share,
    coalesce(b.events, 0) as browse_events,
    b.searches_30d,
    b.views_30d,
    case when b.events > 0 then coalesce(i.quality_30d, 0) end as quality_searches_30d,
    case when b.events > 0 then coalesce(i.price_30d, 0) end as price_searches_30d,
    case when b.events > 0 then coalesce(i.novelty_30d, 0) end as novelty_searches_30d,
    case when b.events > 0 then coalesce(l.latent_interest_skus, 0) end as latent_interest_skus,
    coalesce(m.messages, 0) as wish_messages_30d,
    case when m.messages > 0 then coalesce(a.quality, 0) end as quality_messages_30d,
    case when m.messages > 0 then coalesce(a.price, 0) end as price_messages_30d,
    case when m.messages > 0 then coalesce(a.novelty, 0) end as novelty_messages_30d,
    coalesce(n.searches, 0) as searches,
    s.search_text as last_search,
    case
        when n.searches is null then null
        when
            2 * greatest(coalesce(i.quality, 0), coalesce(i.price, 0), coalesce(i.novelty, 0))
            < n.searches
            then 'plain'
        when i.quality >= greatest(i.price, i.novelty) then 'quality'
        when i.price >= i.novelty then 'price'
        else 'novelty'
    end as search_intent,
    coalesce(l.views, 0) as latent_looks,
    l.latent_interest_sku_id
from seen as u
left join order_facts as o on u.user_id = o.user_id
left join weekdays as w on u.user_id = w.user_id and w.rank = 1
left join hours as h on u.user_id = h.user_id and h.rank = 1
left join periods as p on u.user_id = p.user_id and p.rank = 1
left join browsing as b on u.user_id = b.user_id
left join searched as s on u.user_id = s.user_id and s.rank = 1
left join said as m on u.user_id = m.user_id
left join asked as a on u.user_id = a.user_id
left join search_counts as n on u.user_id = n.user_id
left join intents as i on u.user_id = i.user_id
left join pick_ups as k on u.user_id = k.user_id
left join pick_up_hours as kh on u.user_id = kh.user_id and kh.rank = 1
left join scene_prior_views as g on u.user_id = g.user_id
left join scene_latent as l on u.user_id = l.user_id
