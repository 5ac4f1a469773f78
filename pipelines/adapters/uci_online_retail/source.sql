-- One row per source row, typed. `content` distinguishes rows of one invoice and code and is equal
-- only for rows that are equal in every column.
CREATE OR REPLACE TEMP TABLE source AS
WITH typed AS (
    SELECT
        invoice,
        stock_code,
        description,
        quantity::BIGINT AS quantity_units,
        coalesce(
            try_cast(invoiced_at AS TIMESTAMP), try_strptime(invoiced_at, '%m/%d/%Y %H:%M')
        ) AS invoiced_at,
        price::DECIMAL(18, 4) AS unit_price,
        customer,
        country
    FROM source_text
)

SELECT
    *,
    upper(stock_code) AS sku_id,
    starts_with(invoice, 'C') AS is_cancellation,
    left(md5(concat_ws(
        chr(31),
        coalesce(stock_code, chr(0)),
        coalesce(description, chr(0)),
        coalesce(quantity_units::VARCHAR, chr(0)),
        coalesce(strftime(invoiced_at, '%Y%m%d%H%M%S'), chr(0)),
        coalesce(unit_price::VARCHAR, chr(0)),
        coalesce(customer, chr(0)),
        coalesce(country, chr(0))
    )), 10) AS content
FROM typed
