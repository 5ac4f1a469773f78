-- Texts that may name a product: of messages without a SKU of their own, in batches of
-- $batch_texts, each text once.
select
    text,
    (row_number() over () - 1) // $batch_texts as batch
from (select distinct text from messages_with_digest where sku_id is null and text is not null)
