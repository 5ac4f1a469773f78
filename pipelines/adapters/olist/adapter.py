"""Import Olist: orders of a Brazilian marketplace with items, deliveries, payments and reviews.

Contains the files, their required columns and the assumptions of an import. Not here: the rows of
each export (`<export>.sql` next to this module) and how many rows match no other file
(`counts.sql`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from data_contracts.platform_file import Platform
from pipelines.adapters.adapter import Adapter, adapter_sql
from pipelines.adapters.source import (
    find_source,
    register_csv,
    register_parquet,
    require_columns,
    require_valid_values,
)

# Name of a file (as `<name>.parquet`) → its name as published, and the columns an import reads.
FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "orders": (
        "olist_orders_dataset.csv",
        (
            "order_id",
            "customer_id",
            "order_status",
            "order_purchase_timestamp",
            "order_approved_at",
            "order_delivered_carrier_date",
            "order_delivered_customer_date",
            "order_estimated_delivery_date",
        ),
    ),
    "order_items": (
        "olist_order_items_dataset.csv",
        ("order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"),
    ),
    "order_payments": ("olist_order_payments_dataset.csv", ("order_id", "payment_value")),
    "order_reviews": (
        "olist_order_reviews_dataset.csv",
        (
            "review_id",
            "order_id",
            "review_score",
            "review_comment_title",
            "review_comment_message",
            "review_answer_timestamp",
        ),
    ),
    "customers": (
        "olist_customers_dataset.csv",
        (
            "customer_id",
            "customer_unique_id",
            "customer_zip_code_prefix",
            "customer_city",
            "customer_state",
        ),
    ),
    "products": ("olist_products_dataset.csv", ("product_id", "product_category_name")),
    "category_translation": (
        "product_category_name_translation.csv",
        ("product_category_name", "product_category_name_english"),
    ),
    "sellers": ("olist_sellers_dataset.csv", ("seller_id",)),
    "geolocation": ("olist_geolocation_dataset.csv", ("geolocation_zip_code_prefix",)),
}

NOTES = (
    "amounts are Brazilian reais, counted one for one as yuan; moments are the source's own, whose "
    "clock it does not name",
    "an order line is one item of an order, one piece; an order without an item has no line, only "
    "its user, shipment and review",
    "freight is no part of a line's price and is left out; a line's paid amount is its price where "
    "the order is approved and its payments equal items and freight to the centavo, else unknown",
    "delivered is completed; approved, invoiced and processing are paid; canceled and unavailable "
    "are cancelled, all pieces of them; the source has no moment of cancellation, so the last "
    "moment it states of the order (updated_at) is used, which is too early",
    "a user is a customer_unique_id; a community is a city of a state, a region is a state; home "
    "is the city of the user's latest order; one warehouse, BR, serves all, though sellers ship "
    "themselves",
    "a category is in English where the source translates it, else in Portuguese; products have no "
    "names and are called by category and the first 8 characters of their id; the usual supplier "
    "is the seller of most of a product's items",
    "a shipment is an order handed to the carrier; it is promised for the end of the estimated day "
    "and late when delivered after that day; arrival is delivery at the door, without pick-up",
    "a review is one message, sent when it was answered; without an order where it is on "
    "several, without a product where the order has several; its repeats count as duplicates at "
    "ingest",
    "geolocation is counted against, not used; weights, sizes, photos, instalments and kinds of "
    "payment have no column",
)


def load_source(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Create one typed table per file, all in the folder of `path`, the orders file.

    Raises ValueError for a file with invalid values, FileNotFoundError for a missing one.
    """
    for name, (published, columns) in FILES.items():
        _read(connection, name, _beside(path, name, published), columns)
    require_valid_values(connection, adapter_sql("olist", "check"), path.parent)
    connection.execute(adapter_sql("olist", "source"))


def _beside(path: Path, name: str, published: str) -> Path:
    """Return the file `name` in the folder of `path`, in the format of `path` if it exists."""
    names = (f"{name}.parquet", published)
    is_csv = path.suffix.lower() == ".csv"
    return path if name == "orders" else find_source(path.parent, names[::-1] if is_csv else names)


def _read(
    connection: duckdb.DuckDBPyConnection, name: str, path: Path, columns: tuple[str, ...]
) -> None:
    """Create the view `<name>_text`: every column as text, for any types in the file."""
    register = register_csv if path.suffix.lower() == ".csv" else register_parquet
    register(connection, path, f"{name}_rows")
    require_columns(connection, f"{name}_rows", columns, path)
    blanks = "' ' || chr(9) || chr(10) || chr(13)"
    texts = ", ".join(
        f"nullif(trim({column}::VARCHAR, {blanks}), '') AS {column}" for column in columns
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name}_text AS SELECT {texts} FROM {name}_rows"
    )


OLIST = Adapter(
    name="olist",
    platform=Platform(
        name="Olist", cutoff="24:00", currency="BRL", utc_offset="-03:00", notes=NOTES
    ),
    about="orders of a Brazilian marketplace, September 2016 to October 2018, with promised and "
    "real delivery, reviews with stars, and sellers; most customers bought once",
    licence="none stated by the cut's source: use, do not pass on",
    source_files=("orders.parquet", "olist_orders_dataset.csv"),
    exports=("orders", "products", "communities", "users", "logistics", "chat"),
    load=load_source,
    is_counted=True,
)
