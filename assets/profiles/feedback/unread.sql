-- Messages nobody has read yet, in batches of $batch_texts.
select
    message_id,
    text,
    stars,
    (row_number() over () - 1) // $batch_texts as batch
from said
anti join readings using (message_id)
