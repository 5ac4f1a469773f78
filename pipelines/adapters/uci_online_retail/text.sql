-- The eight columns as text, for any types in the file: Parquet has typed columns, a CSV has
-- none, and spreadsheets turn an id into 17850.0.
create or replace temp view source_text as
select
    cast(InvoiceNo as varchar) as invoice,
    cast(StockCode as varchar) as stock_code,
    cast(Description as varchar) as description,
    regexp_replace(cast(Quantity as varchar), '\.0+$', '') as quantity,
    cast(InvoiceDate as varchar) as invoiced_at,
    cast(UnitPrice as varchar) as price,
    regexp_replace(cast(CustomerID as varchar), '\.0+$', '') as customer,
    cast(Country as varchar) as country
from published_rows
