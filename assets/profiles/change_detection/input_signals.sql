-- Digest per user of 180 days of message signals; `wished`: of the wishes of 30 days, by the
-- reading digest, which covers the text.
select
    user_id,
    sum(hash(*columns(* exclude (as_of, reading_digest)))) as said,
    sum(case when is_wish and day >= $since_30 then hash(reading_digest) end) as wished
from message_signals
where as_of = $as_of
group by user_id
