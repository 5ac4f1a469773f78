-- Distinct texts of messages without a SKU, in batches of $batch_texts.
select
    text,
    cast(floor((row_number() over (order by text) - 1) / $batch_texts) as bigint) as batch
from (select distinct text from messages_with_digest where sku_id is null and text is not null) as texts
