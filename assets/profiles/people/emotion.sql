-- Emotion per user of profile_basic, from the signals of messages, concluded purchases and shares.
with wrote as (
    select
        user_id,
        count(*) as messages,
        count(stars) as reviews,
        cast(sum(stars) as double) / nullif(count(stars), 0) as mean_stars,
        count(polarity) as polarity_messages,
        cast(sum(cast(polarity as decimal(9, 6))) as double) / nullif(count(polarity), 0)
            as polarity,
        sum(case when emotion = 'anger' then 1 else 0 end) as anger_messages,
        sum(case when emotion = 'disappointment' then 1 else 0 end) as disappointment_messages,
        sum(case when emotion = 'delight' then 1 else 0 end) as delight_messages,
        sum(case when is_belonging then 1 else 0 end) as belonging_messages,
        sum(case when is_complaint then 1 else 0 end) as complaints,
        max(case when is_complaint then day end) as last_complaint_on,
        max(
            case complaint_grade
                when 'task_force_48h' then 3
                when 'service_24h' then 2
                when 'leader_2h' then 1
            end
        ) as worst_grade,
        count(freshness_polarity) as freshness_mentions,
        avg(freshness_polarity) as freshness_polarity,
        count(packaging_polarity) as packaging_mentions,
        avg(packaging_polarity) as packaging_polarity,
        count(delivery_polarity) as delivery_mentions,
        avg(delivery_polarity) as delivery_polarity,
        count(service_polarity) as service_mentions,
        avg(service_polarity) as service_polarity,
        count(price_polarity) as price_mentions,
        avg(price_polarity) as price_polarity,
        count(weight_polarity) as weight_mentions,
        avg(weight_polarity) as weight_polarity,
        count(as_described_polarity) as as_described_mentions,
        avg(as_described_polarity) as as_described_polarity
    from emotion_signals
    group by user_id
),

since_success as (
    select
        user_id,
        shipments,
        failed,
        sum(1 - failed) over (
            partition by user_id
            order by dispatched_at desc, order_id desc
            rows between unbounded preceding and current row
        ) as successes_since
    from emotion_purchases
),

received as (
    select
        user_id,
        count(*) as purchases,
        sum(shipments) as shipments,
        sum(failed) as failed_purchases,
        sum(case when successes_since = 0 then 1 else 0 end) as failed_run
    from since_success
    group by user_id
),

browsed as (
    select
        user_id,
        count(*) as events,
        sum(case when action = 'share' then 1 else 0 end) as shares
    from browse
    where
        business_date >= $since_180
        and business_date <= $as_of
        and occurred_at < $as_of_end
    group by user_id
),

felt as (
    select
        u.user_id,
        coalesce(w.messages, 0) + coalesce(r.shipments, 0) as evidence_count
    from profile_basic as u
    left join wrote as w on u.user_id = w.user_id
    left join received as r on u.user_id = r.user_id
    where u.as_of = $as_of
)

-- Counters are 0 where somebody with evidence has no such row. Their values are empty then: who
-- wrote nothing has not complained 0 times, and silence of a file is not satisfaction.
select
    $as_of as as_of,
    u.user_id,
    case when u.evidence_count > 0 then 'evidence' else 'no_evidence' end as evidence,
    u.evidence_count,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.messages, 0) end as messages,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.reviews, 0) end as reviews,
    w.mean_stars,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.polarity_messages, 0) end
        as polarity_messages,
    w.polarity,
    w.anger_messages,
    w.disappointment_messages,
    w.delight_messages,
    w.belonging_messages,
    w.complaints,
    w.last_complaint_on,
    case w.worst_grade
        when 3 then 'task_force_48h' when 2 then 'service_24h' when 1 then 'leader_2h'
    end as worst_complaint_grade,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.freshness_mentions, 0) end
        as freshness_mentions,
    w.freshness_polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.packaging_mentions, 0) end
        as packaging_mentions,
    w.packaging_polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.delivery_mentions, 0) end
        as delivery_mentions,
    w.delivery_polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.service_mentions, 0) end
        as service_mentions,
    w.service_polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.price_mentions, 0) end
        as price_mentions,
    w.price_polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.weight_mentions, 0) end
        as weight_mentions,
    w.weight_polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.as_described_mentions, 0) end
        as as_described_mentions,
    w.as_described_polarity,
    case when $has_logistics and u.evidence_count > 0 then coalesce(r.purchases, 0) end
        as purchases_concluded,
    r.failed_purchases,
    r.failed_run,
    case when $has_browse and u.evidence_count > 0 then coalesce(s.events, 0) end
        as browse_events,
    case when u.evidence_count > 0 then s.shares end as shares
from felt as u
left join wrote as w on u.user_id = w.user_id
left join received as r on u.user_id = r.user_id
left join browsed as s on u.user_id = s.user_id
