-- Emotion per user of the part, from message signals, concluded purchases and shares. Counters
-- without any row on the platform are emptied in emotion_counters.sql.
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
        -- \1 is the aspect: $aspects captures it
        count(columns($aspects)) as '\1_mentions',
        avg(cast(columns($aspects) as decimal(9, 6))) as '\1_polarity'
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
        and user_id in (select user_id from users_of_part)
    group by user_id
),

felt as (
    select
        u.*,
        coalesce(w.messages, 0) + coalesce(r.shipments, 0) as evidence_count
    from users_of_part as u
    left join wrote as w on u.user_id = w.user_id
    left join received as r on u.user_id = r.user_id
)

select
    $as_of as as_of,
    u.user_id,
    u.input_digest,
    case when u.evidence_count > 0 then 'evidence' else 'no_evidence' end as evidence,
    u.evidence_count,
    w.* exclude (user_id, worst_grade),
    case w.worst_grade
        when 3 then 'task_force_48h' when 2 then 'service_24h' when 1 then 'leader_2h'
    end as worst_complaint_grade,
    r.purchases as purchases_concluded,
    r.failed_purchases,
    r.failed_run,
    s.events as browse_events,
    case when u.evidence_count > 0 then s.shares end as shares
from felt as u
left join wrote as w on u.user_id = w.user_id
left join received as r on u.user_id = r.user_id
left join browsed as s on u.user_id = s.user_id
