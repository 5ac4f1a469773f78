"""A small source of Olist, written as its tables or as the published files, and its import."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.platform_file import Platform
from pipelines.adapters import import_dataset
from pipelines.adapters.olist.adapter import FILES

NOON = datetime(2018, 3, 4, 12, 0)
Row = dict[str, Any]
Source = dict[str, list[Row]]


def moment(day: int, hour: int = 12) -> datetime:
    """A moment of March 2018."""
    return datetime(2018, 3, day, hour)


def order(order_id: str = "o1", **changes: Any) -> Row:
    """A delivered order of c1: bought on the 4th, there on the 10th, promised for the 20th."""
    row: Row = {
        "order_id": order_id,
        "customer_id": "c1",
        "order_status": "delivered",
        "order_purchase_timestamp": NOON,
        "order_approved_at": moment(4, 13),
        "order_delivered_carrier_date": moment(6),
        "order_delivered_customer_date": moment(10),
        "order_estimated_delivery_date": datetime(2018, 3, 20),
    }
    return row | changes


def item(order_id: str = "o1", number: int = 1, **changes: Any) -> Row:
    row: Row = {
        "order_id": order_id,
        "order_item_id": number,
        "product_id": "p1",
        "seller_id": "s1",
        "price": 10.5,
        "freight_value": 2.25,
    }
    return row | changes


def payment(order_id: str = "o1", value: float = 12.75) -> Row:
    return {"order_id": order_id, "payment_value": value}


def review(review_id: str = "r1", order_id: str = "o1", **changes: Any) -> Row:
    row: Row = {
        "review_id": review_id,
        "order_id": order_id,
        "review_score": 4,
        "review_comment_title": None,
        "review_comment_message": "muito bom",
        "review_answer_timestamp": moment(12),
    }
    return row | changes


def customer(customer_id: str = "c1", person: str = "u1", **changes: Any) -> Row:
    row: Row = {
        "customer_id": customer_id,
        "customer_unique_id": person,
        "customer_zip_code_prefix": "01012",
        "customer_city": "sao paulo",
        "customer_state": "SP",
    }
    return row | changes


def source(**changes: list[Row]) -> Source:
    """One order with one item, one payment and one review, and what they rest on."""
    tables: Source = {
        "orders": [order()],
        "order_items": [item()],
        "order_payments": [payment()],
        "order_reviews": [review()],
        "customers": [customer()],
        "products": [{"product_id": "p1", "product_category_name": "bebes"}],
        "category_translation": [
            {"product_category_name": "bebes", "product_category_name_english": "baby"}
        ],
        "sellers": [{"seller_id": "s1"}],
        "geolocation": [{"geolocation_zip_code_prefix": "01012"}],
    }
    return tables | changes


def write_source(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """One Parquet file per table in `folder`; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder


def write_published(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """The same as CSV under the published names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / FILES[name][0]).open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def imported(tmp_path: Path, export: str = "orders", **changes: list[Row]) -> list[Row]:
    """Rows of one export after the import of a source with those tables."""
    import_dataset("olist", write_source(tmp_path / "source", source(**changes)), tmp_path / "out")
    return pq.read_table(tmp_path / "out" / f"{export}.parquet").to_pylist()


def known(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def counts(out: Path) -> dict[str, str]:
    """Counted part → its line among the notes."""
    notes = Platform.from_toml((out / "platform.toml").read_text("utf-8")).notes
    return dict(note.split(": ", 1) for note in notes if ": " in note)
