-- One row per snapshot and user with a net order. Columns of an export that is absent, or begins
-- after the snapshot, are empty; counts are 0 if the export covers the snapshot and has no rows.
with starts as (
    select
        (select min(business_date) from browse) as browse_from,
        (select min(business_date) from chat) as chat_from,
        (select min(business_date) from logistics) as logistics_from,
        (select min(cast(sent_at as date)) from contacts) as contacts_from
)

select
    h.*,
    k.lines_365d,
    k.cancelled_lines_365d,
    k.refunded_lines_365d,
    k.spend_30d_yuan,
    k.spend_90d_yuan,
    k.spend_365d_yuan,
    k.skus_90d,
    k.categories_90d,
    k.skus_365d,
    k.kept_lines_365d,
    m.community_users_14d,
    m.community_users_14d_before,
    m.leader_messages_14d,
    m.leader_messages_14d_before,
    case when t.logistics_from <= h.snapshot then coalesce(f.deliveries_180d, 0) end
        as deliveries_180d,
    case when t.logistics_from <= h.snapshot then coalesce(f.failed_180d, 0) end as failed_180d,
    case when t.logistics_from <= h.snapshot then coalesce(f.failed_run, 0) end as failed_run,
    case when t.chat_from <= h.snapshot then coalesce(v.messages_30d, 0) end as messages_30d,
    case when t.chat_from <= h.snapshot then coalesce(v.reviews_180d, 0) end as reviews_180d,
    v.stars_180d,
    case when t.chat_from <= h.snapshot then coalesce(v.complaints_180d, 0) end
        as complaints_180d,
    case when t.chat_from <= h.snapshot then coalesce(v.complaints_30d, 0) end as complaints_30d,
    b.browse_recency_days,
    case when t.browse_from <= h.snapshot then coalesce(b.actions_7d, 0) end as actions_7d,
    case when t.browse_from <= h.snapshot then coalesce(b.actions_30d, 0) end as actions_30d,
    case when t.browse_from <= h.snapshot then coalesce(b.browse_days_30d, 0) end
        as browse_days_30d,
    case when t.browse_from <= h.snapshot then coalesce(b.carts_14d, 0) end as carts_14d,
    case when t.contacts_from <= h.snapshot then coalesce(c.contacts_30d, 0) end as contacts_30d,
    case when t.contacts_from <= h.snapshot then coalesce(c.contacts_60d, 0) end as contacts_60d,
    case when t.contacts_from <= h.snapshot then coalesce(c.opened_60d, 0) end as opened_60d
from churn_history as h
cross join starts as t
left join churn_baskets as k on h.snapshot = k.snapshot and h.user_id = k.user_id
left join churn_community as m on h.snapshot = m.snapshot and h.user_id = m.user_id
left join churn_failures as f on h.snapshot = f.snapshot and h.user_id = f.user_id
left join churn_voice as v on h.snapshot = v.snapshot and h.user_id = v.user_id
left join churn_browsing as b on h.snapshot = b.snapshot and h.user_id = b.user_id
left join churn_contacts as c on h.snapshot = c.snapshot and h.user_id = c.user_id
order by h.snapshot, h.user_id
