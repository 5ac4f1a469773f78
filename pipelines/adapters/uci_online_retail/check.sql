-- Values that would silently change: an unreadable value would become empty, half a piece would be
-- rounded.
SELECT
    count(*) FILTER (WHERE quantity IS NOT NULL AND NOT regexp_full_match(quantity, '-?[0-9]{1,15}'))
        AS Quantity__is_no_whole_number,
    count(*) FILTER (
        WHERE invoiced_at IS NOT NULL
            AND try_cast(invoiced_at AS TIMESTAMP) IS NULL
            AND try_strptime(invoiced_at, '%m/%d/%Y %H:%M') IS NULL
    ) AS InvoiceDate__is_no_time_that_can_be_read,
    count(*) FILTER (WHERE price IS NOT NULL AND try_cast(price AS DECIMAL(18, 4)) IS NULL)
        AS UnitPrice__is_no_number,
    count(*) FILTER (
        WHERE abs(try_cast(price AS DOUBLE) - try_cast(price AS DECIMAL(18, 4))::DOUBLE) > 1e-7
    ) AS UnitPrice__has_more_than_4_decimals
FROM source_text
