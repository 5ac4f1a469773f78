-- The eight columns as text, for any types in the file: Parquet has typed columns, a CSV has
-- none, and spreadsheets turn an id into 17850.0.
CREATE OR REPLACE TEMP VIEW source_text AS
SELECT
    InvoiceNo::VARCHAR AS invoice,
    StockCode::VARCHAR AS stock_code,
    Description::VARCHAR AS description,
    regexp_replace(Quantity::VARCHAR, '\.0+$', '') AS quantity,
    InvoiceDate::VARCHAR AS invoiced_at,
    UnitPrice::VARCHAR AS price,
    regexp_replace(CustomerID::VARCHAR, '\.0+$', '') AS customer,
    Country::VARCHAR AS country
FROM {relation}
