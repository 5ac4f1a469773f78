"""Import FreshRetailNet-50K: hourly sales and stock-outs of an instant-delivery grocer, no users.

Contains the file's required columns and the assumptions of an import. Not here: the rows of each
export (`<export>.sql` next to this module).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from data_contracts.platform_file import Platform
from pipelines.adapters.adapter import Adapter, adapter_sql
from pipelines.adapters.source import register_parquet, require_columns, require_valid_values

COLUMNS = (
    "city_id",
    "store_id",
    "first_category_id",
    "second_category_id",
    "third_category_id",
    "product_id",
    "dt",
    "hours_sale",
    "hours_stock_status",
    "discount",
    "holiday_flag",
    "activity_flag",
    "precpt",
    "avg_temperature",
    "avg_humidity",
    "avg_wind_level",
)

NOTES = (
    "amounts are normalised by the source: neither pieces nor kilograms; they are written as kg "
    "because they are fractional, and compare only with each other",
    "an order line is one hour of one store and SKU, timed at the start of the hour; users, "
    "prices and customers' own orders are not in the source",
    "a store is a community and its own warehouse; a region is a city; subcategory is the second "
    "and third category id",
    "hours_status is S where the source says out of stock and A elsewhere; the source does not "
    "distinguish hours without offer (N)",
    "discount and activity of a day are taken as known ahead; a discount of 0 is kept as it is, "
    "one above 1 is not a promotion",
    "weather is observed, not forecast",
    "the source flags every free day: a run of flagged days is a holiday where it holds a workday "
    "of the week, else a weekend; a Saturday or Sunday without the flag is a make-up workday",
)


def load_source(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Create the view `source`, one row per store, SKU and day; raises ValueError."""
    register_parquet(connection, path, "published_rows")
    require_columns(connection, "published_rows", COLUMNS, path)
    connection.execute(adapter_sql("frn50k", "source"))
    require_valid_values(connection, adapter_sql("frn50k", "check"), path)


FRN50K = Adapter(
    name="frn50k",
    platform=Platform(name="FreshRetailNet-50K", cutoff="24:00", notes=NOTES),
    about="hourly sales and stock-outs of 38,849 store-SKU series over 76 days of 2024, with "
    "discounts, activities, holidays and weather; 18 Chinese cities in the original, no users",
    licence="CC-BY-4.0",
    source_files=("frn50k.parquet",),
    exports=(
        "orders",
        "products",
        "communities",
        "availability",
        "promotions",
        "weather",
        "holidays",
    ),
    load=load_source,
)
