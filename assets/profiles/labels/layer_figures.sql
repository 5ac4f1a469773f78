-- Figures that decide the layers, one row per user, with the digest of their inputs.
select
    c.user_id,
    case
        when c.input_digest is not null and s.input_digest is not null
            then cast(hash(c.input_digest, s.input_digest, $seed) >> 1 as bigint)
    end as input_digest,
    c.evidence_count,
    c.price_level,
    c.discount_share,
    c.basket_yuan,
    c.rhythm_days,
    c.rhythm_spread_days,
    c.repeat_share,
    c.usual_hour_share,
    c.categories_90d,
    c.skus_90d,
    c.orders_90d,
    c.launch_share,
    s.searches_30d,
    s.quality_searches_30d,
    s.price_searches_30d,
    s.novelty_searches_30d,
    s.quality_messages_30d,
    s.price_messages_30d,
    s.novelty_messages_30d
from profile_consumption as c
left join profile_scene as s on c.user_id = s.user_id and s.as_of = $as_of
where c.as_of = $as_of
