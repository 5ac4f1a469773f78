-- Values that would silently change: an unreadable value would become empty, half a piece would be
-- rounded.
select
    count(*) filter (where quantity is not null and not regexp_full_match(quantity, '-?[0-9]{1,15}'))
        as Quantity__is_no_whole_number,
    count(*) filter (
        where invoiced_at is not null
        and try_cast(invoiced_at as timestamp) is null
        and try_strptime(invoiced_at, '%m/%d/%Y %H:%M') is null
    ) as InvoiceDate__is_no_time_that_can_be_read,
    count(*) filter (where price is not null and try_cast(price as decimal(18, 4)) is null)
        as UnitPrice__is_no_number,
    count(*) filter (
        where abs(try_cast(price as double) - cast(try_cast(price as decimal(18, 4)) as double)) > 1e-7
    ) as UnitPrice__has_more_than_4_decimals
from source_text
