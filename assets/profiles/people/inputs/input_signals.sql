-- Digest per user of what their messages say, of 180 days.
select user_id, sum(hash(*columns(* exclude (as_of, reading_digest)))) as said
from message_signals
where as_of = $as_of
group by user_id
