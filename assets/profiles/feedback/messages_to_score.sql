-- Messages that are not classified yet, in batches of $batch_texts.
select
    message_id,
    text,
    stars,
    cast(floor((row_number() over (order by message_id) - 1) / $batch_texts) as bigint) as batch
from messages_with_digest
where message_id not in (select message_id from classified_messages)
