-- One row per user: the four dimensions, the layer and the account's mark, newest day.
select
    b.as_of,
    b.user_id,
    b.community_id,
    b.warehouse_id,
    b.region_id,
    b.gender,
    b.age_band,
    b.household_size,
    b.tenure_days,
    c.* exclude (as_of, user_id, evidence, evidence_count),
    s.* exclude (as_of, user_id, evidence, evidence_count),
    e.* exclude (as_of, user_id, evidence, evidence_count),
    l.layer,
    l.three_layer,
    l.confidence as layer_confidence,
    l.reason_zh as layer_reason_zh,
    m.user_id is not null as is_several_addresses,
    b.evidence as basic_evidence,
    c.evidence as consumption_evidence,
    s.evidence as scene_evidence,
    e.evidence as emotion_evidence
from profile_basic as b
left join profile_consumption as c on b.as_of = c.as_of and b.user_id = c.user_id
left join profile_scene as s on b.as_of = s.as_of and b.user_id = s.user_id
left join profile_emotion as e on b.as_of = e.as_of and b.user_id = e.user_id
left join layer_labels as l on b.as_of = l.as_of and b.user_id = l.user_id
left join account_marks as m on b.as_of = m.as_of and b.user_id = m.user_id
where b.as_of = (select max(as_of) from profile_basic)
