-- One digest per dimension and user. $seed is the digest of code, parameters and engine.
select
    $as_of as as_of,
    u.user_id,
    cast(hash($seed, b.bought) >> 1 as bigint) as consumption_digest,
    cast(hash($seed, b.bought, b.kinds_of_days, w.browsed, r.received, s.wished) >> 1 as bigint) as scene_digest,
    cast(hash($seed, s.said, w.browsed, r.received) >> 1 as bigint) as emotion_digest
from profile_basic as u
left join input_lines as b on u.user_id = b.user_id
left join input_browse as w on u.user_id = w.user_id
left join input_shipments as r on u.user_id = r.user_id
left join input_signals as s on u.user_id = s.user_id
where u.as_of = $as_of
