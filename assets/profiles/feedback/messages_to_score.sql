-- Messages nobody has read yet, in batches of $batch_texts.
select
    message_id,
    text,
    stars,
    (row_number() over () - 1) // $batch_texts as batch
from messages_with_digest
anti join classified_messages using (message_id)
