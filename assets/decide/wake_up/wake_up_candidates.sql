-- One row per scored user, with all inputs of the rules. Consent and age come from the user file
-- whatever the time of registration: a refusal is never "not known yet".
select
    s.user_id,
    s.churn_30d,
    s.recency_days,
    s.rhythm_days,
    s.overdue_ratio,
    s.orders,
    s.fallback is null as is_calibrated,
    coalesce(c.spend_90d_yuan, b.spend_90d_yuan, 0) as spend_90d_yuan,
    coalesce(c.usual_sku_id, b.favourite_sku_id) as favourite_sku_id,
    coalesce(c.usual_category, b.favourite_category) as favourite_category,
    coalesce(c.evidence = 'evidence', false) as in_profile,
    n.active_hour,
    coalesce(e.failed_run, 0) as failed_run,
    l.layer,
    u.user_id is not null as in_user_file,
    u.name as masked_name,
    u.phone as masked_phone,
    u.preferred_channel,
    coalesce(w.refused, u.marketing_opt_out) as marketing_opt_out,
    u.age_band,
    x.allergens,
    x.youngest_child_years,
    coalesce(u.community_id, b.community_id) as community_id,
    m.leader_id,
    m.warehouse_id,
    coalesce(k.opted_out, false) or a.user_id is not null as opted_out,
    r.user_id is not null as phone_refused,
    date_diff('second', k.last_contact_at, $as_of_end) / 86400.0 as days_since_contact,
    coalesce(k.unanswered_contacts, 0) as unanswered_contacts,
    k.opened_channel
from churn_scores as s
left join typical_purchases as b on s.user_id = b.user_id
left join profile_consumption as c on s.user_id = c.user_id and c.as_of = $as_of
left join profile_scene as n on s.user_id = n.user_id and n.as_of = $as_of
left join profile_emotion as e on s.user_id = e.user_id and e.as_of = $as_of
left join layer_labels as l on s.user_id = l.user_id and l.as_of = $as_of
left join users as u on s.user_id = u.user_id
left join consent_words as w on s.user_id = w.user_id and w.stands
left join refusals_in_answers as a on s.user_id = a.user_id
left join exclusions as x on s.user_id = x.user_id
left join communities as m on coalesce(u.community_id, b.community_id) = m.community_id
left join contact_history as k on s.user_id = k.user_id
left join phone_refused as r on s.user_id = r.user_id
where s.as_of = $as_of
order by s.user_id
