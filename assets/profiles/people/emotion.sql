-- Emotion per user of profile_basic, from scored messages, concluded purchases and shares.
with wrote as (
    select
        user_id,
        count(*) as messages,
        count(stars) as reviews,
        cast(sum(stars) as double) / nullif(count(stars), 0) as mean_stars,
        cast(sum(cast(polarity as decimal(9, 6))) as double) / nullif(count(polarity), 0) as polarity,
        sum(case when is_complaint then 1 else 0 end) as complaints,
        max(case when is_complaint then day end) as last_complaint_on
    from scored_messages
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
        sum(shipments) as shipments,
        sum(failed) as failed_purchases,
        sum(case when successes_since = 0 then 1 else 0 end) as failed_run
    from since_success
    group by user_id
),

shared as (
    select user_id, count(*) as shares
    from browse
    where
        action = 'share'
        and business_date >= $since_180
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

-- Counts are 0 only where the export they come from exists: silence of a file is not satisfaction.
select
    $as_of as as_of,
    u.user_id,
    case when u.evidence_count > 0 then 'evidence' else 'no_evidence' end as evidence,
    u.evidence_count,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.reviews, 0) end as reviews,
    w.mean_stars,
    w.polarity,
    case when $has_chat and u.evidence_count > 0 then coalesce(w.complaints, 0) end as complaints,
    w.last_complaint_on,
    case when $has_logistics and u.evidence_count > 0 then coalesce(r.failed_purchases, 0) end
        as failed_purchases,
    case when $has_logistics and u.evidence_count > 0 then coalesce(r.failed_run, 0) end
        as failed_run,
    case when $has_browse and u.evidence_count > 0 then coalesce(s.shares, 0) end as shares
from felt as u
left join wrote as w on u.user_id = w.user_id
left join received as r on u.user_id = r.user_id
left join shared as s on u.user_id = s.user_id
