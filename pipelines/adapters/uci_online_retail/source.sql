-- One row per source row, typed. `content` distinguishes rows of one invoice and code and is equal
-- only for rows that are equal in every column.
create or replace temp table source as
with typed as (
    select
        invoice,
        stock_code,
        description,
        cast(quantity as bigint) as quantity_units,
        coalesce(
            try_cast(invoiced_at as timestamp), try_strptime(invoiced_at, '%m/%d/%Y %H:%M')
        ) as invoiced_at,
        cast(price as decimal(18, 4)) as unit_price,
        customer,
        country
    from source_text
)

select
    *,
    upper(stock_code) as sku_id,
    starts_with(invoice, 'C') as is_cancellation,
    left(md5(concat_ws(
        chr(31),
        coalesce(stock_code, chr(0)),
        coalesce(description, chr(0)),
        coalesce(cast(quantity_units as varchar), chr(0)),
        coalesce(strftime(invoiced_at, '%Y%m%d%H%M%S'), chr(0)),
        coalesce(cast(unit_price as varchar), chr(0)),
        coalesce(customer, chr(0)),
        coalesce(country, chr(0))
    )), 10) as content
from typed
