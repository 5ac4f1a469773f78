"""UCI Online Retail as exports: every rule of the import on a source of a few rows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.adapters import import_dataset

NOON = datetime(2011, 3, 4, 12, 0)
SCHEMA = pa.schema(
    [
        ("InvoiceNo", pa.string()),
        ("StockCode", pa.string()),
        ("Description", pa.string()),
        ("Quantity", pa.int64()),
        ("InvoiceDate", pa.timestamp("us")),
        ("UnitPrice", pa.float64()),
        ("CustomerID", pa.int64()),
        ("Country", pa.string()),
    ]
)


def invoice_line(**changes: Any) -> dict[str, Any]:
    """One row of the source: six lanterns for a customer in France."""
    row: dict[str, Any] = {
        "InvoiceNo": "536365",
        "StockCode": "71053",
        "Description": "WHITE METAL LANTERN",
        "Quantity": 6,
        "InvoiceDate": NOON,
        "UnitPrice": 3.39,
        "CustomerID": 1001,
        "Country": "France",
    }
    return row | changes


def write_source(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """`online_retail.parquet` in `folder`, with the types of the real file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "online_retail.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def write_csv(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    """The original CSV: its header, then `lines`."""
    header = ",".join(SCHEMA.names)
    path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
    return path


def imported(source: Path, export: str = "orders") -> list[dict[str, Any]]:
    """Rows of one export after the import of `source`."""
    out = source.parent / "out"
    import_dataset("uci_online_retail", source, out)
    return pq.read_table(out / f"{export}.parquet").to_pylist()


def keys(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["order_id"], row["line_id"]) for row in rows}


def test_a_purchase_keeps_what_the_source_says_and_nothing_else(tmp_path: Path) -> None:
    (line,) = imported(write_source(tmp_path, [invoice_line()]))
    assert line.pop("line_id").startswith("71053-")
    assert {name: value for name, value in line.items() if value is not None} == {
        "order_id": "536365",
        "ordered_at": NOON,
        "user_id": "1001",
        "community_id": "France",
        "sku_id": "71053",
        "sku_name": "WHITE METAL LANTERN",
        "quantity_units": 6.0,
        "sale_unit": "piece",
        "unit_price_yuan": Decimal("3.3900"),
    }


def test_identical_rows_are_all_kept_under_one_key(tmp_path: Path) -> None:
    rows = imported(write_source(tmp_path, [invoice_line(), invoice_line(), invoice_line()]))
    assert len(rows) == 3
    assert len(keys(rows)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"Quantity": 7},
        {"UnitPrice": 3.38},
        {"InvoiceDate": datetime(2011, 3, 4, 12, 1)},
        {"Description": "white metal lantern"},
        {"Description": None},
        {"CustomerID": None},
        {"CustomerID": 1002},
        {"Country": "EIRE"},
        {"StockCode": "71053a"},
    ],
    ids=lambda changes: "-".join(
        f"{name}-{type(value).__name__}" for name, value in changes.items()
    ),
)
def test_a_row_that_differs_anywhere_has_a_key_of_its_own(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    rows = imported(write_source(tmp_path, [invoice_line(), invoice_line(**changes)]))
    assert len(keys(rows)) == 2


def test_codes_that_differ_in_case_alone_are_two_lines_of_one_sku(tmp_path: Path) -> None:
    rows = [invoice_line(StockCode=code) for code in ("85123a", "85123A")]
    lines = imported(write_source(tmp_path, rows))
    assert len(keys(lines)) == 2
    assert {line["sku_id"] for line in lines} == {"85123A"}


def test_keys_do_not_depend_on_the_other_rows(tmp_path: Path) -> None:
    alone = keys(imported(write_source(tmp_path / "a", [invoice_line()])))
    among = keys(imported(write_source(tmp_path / "b", [invoice_line(Quantity=1), invoice_line()])))
    assert alone < among


def test_a_cancellation_nets_to_zero_and_keeps_what_was_given_back(tmp_path: Path) -> None:
    row = invoice_line(InvoiceNo="C536379", Quantity=-3, UnitPrice=4.125)
    (line,) = imported(write_source(tmp_path, [row]))
    assert line["order_status"] == "refunded"
    assert line["quantity_units"] == line["cancelled_units"] == 3.0
    assert line["cancelled_at"] == line["refunded_at"] == NOON
    assert line["unit_price_yuan"] == Decimal("4.1250")
    assert line["refund_yuan"] == Decimal("12.3750")


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"Quantity": -10}, "quantity_units", -10.0),
        ({"UnitPrice": -11062.06}, "unit_price_yuan", Decimal("-11062.0600")),
    ],
    ids=["stock adjustment", "debt adjustment"],
)
def test_adjustments_are_left_for_the_row_rules_to_refuse(
    tmp_path: Path, changes: dict[str, Any], column: str, value: object
) -> None:
    (line,) = imported(write_source(tmp_path, [invoice_line(**changes)]))
    assert line[column] == value
    assert line["order_status"] is None
    assert line["cancelled_units"] is None


def test_stock_codes_in_lower_case_are_the_same_sku(tmp_path: Path) -> None:
    codes = ("85123a", "85123A", "m")
    source = write_source(tmp_path, [invoice_line(StockCode=code) for code in codes])
    assert sorted(row["sku_id"] for row in imported(source)) == ["85123A", "85123A", "M"]
    assert [row["sku_id"] for row in imported(source, "products")] == ["85123A", "M"]


def test_a_product_is_called_what_it_is_called_most_often(tmp_path: Path) -> None:
    names = ["LANTERN", "LANTERN", "damaged", None, None, None]
    rows = [invoice_line(Description=name) for name in names]
    rows += [invoice_line(StockCode="22222", Description=name) for name in ("B SIDE", "A SIDE")]
    rows += [invoice_line(StockCode="33333", Description=None)]
    products = imported(write_source(tmp_path, rows), "products")
    assert {row["sku_id"]: row["sku_name"] for row in products} == {
        "71053": "LANTERN",
        "22222": "A SIDE",
        "33333": None,
    }
    assert {row["fulfilment_mode"] for row in products} == {"prestock"}


GOODS = ["71053", "85123A", "PADS", "DCGS0003", "DCGSSGIRL"]
NO_GOODS = ["POST", "DOT", "C2", "M", "m", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK",
            "gift_0001_10", "gift_0001_50"]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "expected"), [(c, True) for c in GOODS] + [(c, False) for c in NO_GOODS]
)
def test_fees_postage_and_vouchers_are_no_goods(tmp_path: Path, code: str, expected: bool) -> None:
    source = write_source(tmp_path, [invoice_line(StockCode=code)])
    (product,) = imported(source, "products")
    assert product["is_goods"] is expected


def test_a_country_is_a_community_of_the_one_warehouse(tmp_path: Path) -> None:
    rows = [invoice_line(Country=country) for country in ("EIRE", "France", "EIRE")]
    assert imported(write_source(tmp_path, rows), "communities") == [
        {"community_id": "EIRE", "warehouse_id": "UK", "region_id": "EIRE"},
        {"community_id": "France", "warehouse_id": "UK", "region_id": "France"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_original_csv_gives_the_rows_of_the_parquet_file(tmp_path: Path, encoding: str) -> None:
    voucher = "VOUCHER, £10"
    rows = [invoice_line(), invoice_line(Description=voucher, CustomerID=None, UnitPrice=0.001)]
    lines = [
        "536365,71053,WHITE METAL LANTERN,6,3/4/2011 12:00,3.39,1001.0,France",
        f'536365,71053,"{voucher}",6,2011-03-04 12:00:00,0.001,,France',
    ]
    (tmp_path / "csv").mkdir()
    source = write_csv(tmp_path / "csv" / "online_retail.csv", lines, encoding)
    assert imported(source) == imported(write_source(tmp_path / "parquet", rows))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("536365,71053,LANTERN,6,13/13/2011 12:00,3.39,1,France", "InvoiceDate is no time"),
        ("536365,71053,LANTERN,six,3/4/2011 12:00,3.39,1,France", "Quantity is no whole number"),
        ("536365,71053,LANTERN,6.5,3/4/2011 12:00,3.39,1,France", "Quantity is no whole number"),
        ("536365,71053,LANTERN,6,3/4/2011 12:00,dear,1,France", "UnitPrice is no number"),
        ("536365,71053,LANTERN,6,3/4/2011 12:00,0.00005,1,France", "has more than 4 decimals"),
        ("536365,71053,LANTERN,6", "not a readable CSV file"),
    ],
    ids=["time", "word", "half a piece", "price", "decimals", "short line"],
)
def test_values_that_cannot_be_read_stop_the_import(
    tmp_path: Path, line: str, message: str
) -> None:
    source = write_csv(tmp_path / "retail.csv", [line])
    with pytest.raises(ValueError, match=message) as caught:
        import_dataset("uci_online_retail", source, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
