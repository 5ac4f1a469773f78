-- Complaints about a known SKU in the signals of $as_of.
select *
from message_signals
where as_of = $as_of and is_complaint and sku_id is not null
