"""Exports nobody here tuned on, by the doors a new user takes: check, map, load."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.ingest.coverage import last_business_day, order_time_range
from assets.ingest.identify_inbox import identify_inbox
from assets.publish.reports.run_card_steps import derived_columns
from assets.resources.home import LinliHome
from data_contracts.errors import ExportError
from pipelines.cli.app import app
from tests.lake import TEST_KEY, ingest

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
# two alike rows in one order, a third with a price of its own, a 13th of the month, a cancellation
ROWS = [
    "536365,85123A,HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom",
    "536365,71053,LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom",
    "536365,71053,LANTERN,6,12/1/2010 8:26,3.39,17850,United Kingdom",
    "536365,71053,LANTERN,6,12/1/2010 8:26,1.00,17850,United Kingdom",
    "536366,85123A,HOLDER,1,12/13/2010 9:00,2.55,,France",
    "C536379,85123A,HOLDER,-1,12/13/2010 9:41,2.55,14527,France",
]
NUMBERED = "order_id,line_id,sku_id,quantity_units,ordered_at"
TA_FENG = (
    "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,PRODUCT_ID,AMOUNT,ASSET,"
    "SALES_PRICE"
)


def write(folder: Path, name: str, rows: list[str], head: str = HEAD) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return path


def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *words: str) -> str:
    monkeypatch.setenv("LINLI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "500")
    return " ".join(CliRunner().invoke(app, list(words)).output.split())


def loaded(tmp_path: Path, exports: Path) -> LinliHome:
    home = LinliHome(
        home=str(tmp_path / "loaded"), exports=str(exports), given_pseudonym_key=TEST_KEY
    )
    ingest(home)
    return home


def test_a_retail_sheet_goes_in_by_check_map_and_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "exports", "online_retail.csv", ROWS)
    first = said(monkeypatch, tmp_path, "check", str(path))
    assert "are month first" in first and f"linli map {path} --export orders" in first
    mapped = said(monkeypatch, tmp_path, "map", str(path))
    assert "line_id is derived from StockCode; further lines of a SKU" in mapped
    second = said(monkeypatch, tmp_path, "check", str(path))
    assert "6 read, 5 good" in second and "as likely" not in second
    assert "the file has no line_id (订单行号): line_id is derived from StockCode" in second
    assert "rows alike in every cell: they count as repeats" in second
    assert "usually a return or a cancellation" in second
    with loaded(tmp_path, path.parent).lakehouse.session() as session:
        stored = session.rows(
            "select order_id, sku_id, unit_price_yuan::double, ordered_at::varchar from orders "
            "order by 1, 2, 3"
        )
        aside = session.rows("select reason_code from quarantine")
    assert stored == [
        ("536365", "71053", 1.0, "2010-12-01 08:26:00"),
        ("536365", "71053", 3.39, "2010-12-01 08:26:00"),
        ("536365", "85123A", 2.55, "2010-12-01 08:26:00"),
        ("536366", "85123A", 2.55, "2010-12-13 09:00:00"),
    ]
    assert aside == [("quantity_units.range",)]


def test_line_numbers_made_by_us_are_counted_and_a_files_own_are_not(tmp_path: Path) -> None:
    """What the run card says of them stands on this count; a corrected file takes its part back."""
    exports = tmp_path / "exports"
    bare = "order_id,sku_id,quantity_units,ordered_at"
    rows = [f"{n},A,{n},2026-10-31 08:00:00" for n in range(6)]
    write(exports, "orders.csv", ["9,A,1,2026-10-31 08:00:00", "9,A,0,2026-10-31 08:00:00"], bare)
    write(exports, "orders_2.csv", rows[:2], bare)
    write(exports, "orders_numbered.csv", ["8,1,A,2,2026-10-31 08:00:00"], NUMBERED)
    home = loaded(tmp_path, exports)
    write(exports, "orders_2.csv", rows, bare)
    ingest(home)
    with home.lakehouse.session() as session:
        made = session.rows(
            "select file_name, column_name, rows from repairs where kind = 'made' order by 1"
        )
        (derived,) = derived_columns(session)
    assert made == [("orders.csv", "line_id", 1), ("orders_2.csv", "line_id", 5)]
    assert (derived.files, derived.rows, derived.column_zh) == (2, 6, "订单行号")
    assert derived.parts == ["sku_id"]


def test_the_order_of_dates_may_be_stated_without_a_mapping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = tmp_path / "exports"
    wrong = "536367,22,X,1,31/12/2010 8:00,1,,France"
    path = write(exports, "online_retail.csv", [*ROWS[:2], wrong])
    (exports / "platform.toml").write_text(
        '[[files]]\nname = "online_retail.csv"\ndates = "month_first"\n', "utf-8"
    )
    checked = said(monkeypatch, tmp_path, "check", str(path))
    assert "read as month_first: month/day/year; data rows 3" in checked
    checked = said(monkeypatch, tmp_path, "check", str(path), "--lang", "zh")
    assert "该文件的日期按月/日/年(month_first)读取" in checked
    with loaded(tmp_path, exports).lakehouse.session() as session:
        days = session.rows("select distinct business_date::varchar from orders")
        aside = session.rows("select reason_code, raw_value from quarantine")
    assert days == [("2010-12-01",)]
    assert aside == [("ordered_at.type", "?31/12/2010 8:00 (month_first: month/day/year)")]


@pytest.mark.parametrize(
    ("dates", "word"),
    [
        (["1/2/2010", "2/1/2010"], "you know which: write in platform.toml: [[files]]"),
        (["31/1/2010", "1/31/2010"], "mixed: 1 of 2 values can only be day first"),
        (["31/1/2010", "1/2/2010"], 'dates = "day_first"'),
    ],
)
def test_dates_nobody_explained_are_refused_with_the_words_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dates: list[str], word: str
) -> None:
    rows = [f"{n},A,X,1,{day},1,,France" for n, day in enumerate(dates)]
    path = write(tmp_path / "exports", "orders.csv", rows)
    with pytest.raises(ExportError) as caught:
        loaded(tmp_path, path.parent)
    assert word in str(caught.value)
    assert word in said(monkeypatch, tmp_path, "check", str(path))


def test_one_date_written_another_way_is_set_aside_and_the_file_goes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},A,X,1,2010-12-01 08:00:00,1,,France" for n in range(30)]
    path = write(tmp_path / "exports", "orders.csv", [*rows, "31,A,X,1,03/04/2010,1,,France"])
    checked = said(monkeypatch, tmp_path, "check", str(path))
    assert "read as year first: year-month-day; data rows 31" in checked
    checked = said(monkeypatch, tmp_path, "check", str(path), "--lang", "zh")
    assert "该文件的日期按年-月-日(year first)读取" in checked
    with loaded(tmp_path, path.parent).lakehouse.session() as session:
        assert session.scalar("select count(*) from orders") == 30
        assert session.rows("select raw_value from quarantine") == [("03/04/2010",)]


def test_a_file_without_an_order_number_is_refused_until_somebody_says_what_an_order_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        "11/1/2000,1104905,45-49,115,110411,4710199010372,2,24,30",
        "11/13/2000,418683,45-49,115,120107,4710857472535,1,48,46",
    ]
    path = write(tmp_path / "exports", "orders_ta_feng.csv", rows, TA_FENG)
    refused = said(monkeypatch, tmp_path, "check", str(path))
    assert "no header is known as the order number" in refused and "none is made up" in refused
    assert "still missing order_id" in said(monkeypatch, tmp_path, "map", str(path))
    mapping = path.parent / "mappings" / "own_orders.csv"
    own = list(csv.reader(mapping.read_text("utf-8-sig").splitlines()))
    own += [
        ["", "order_id", "TRANSACTION_DT+CUSTOMER_ID", "", "", "", "a user's day is one order"],
        ["", "quantity_units", "AMOUNT", "", "", "", ""],
    ]
    with mapping.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(own)
    with loaded(tmp_path, path.parent).lakehouse.session() as session:
        assert session.rows("select order_id, quantity_units from orders order by 1") == [
            ("11/1/2000 / 1104905", 2.0),
            ("11/13/2000 / 418683", 1.0),
        ]


def test_a_file_of_one_piece_per_row_says_so_in_its_mapping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Olist's items joined with their orders: no quantity anywhere."""
    head = "order_id,order_item_id,product_id,price,order_status,order_purchase_timestamp"
    rows = ["a,1,p,9.5,delivered,2017-07-09 21:57:05", "a,2,p,9.5,canceled,2017-07-09 21:57:05"]
    path = write(tmp_path / "exports", "olist_flat.csv", rows, head)
    nearest = said(monkeypatch, tmp_path, "check", str(path))
    assert "nearest: orders, which needs quantity_units" in nearest
    assert "transform one" in said(monkeypatch, tmp_path, "map", str(path))
    mapping = path.parent / "mappings" / "own_orders.csv"
    text = mapping.read_text("utf-8-sig") + ",quantity_units,order_item_id,one,,,\n"
    mapping.write_text(text, "utf-8")
    with loaded(tmp_path, path.parent).lakehouse.session() as session:
        assert session.rows(
            "select line_id, quantity_units, order_status from orders order by 1"
        ) == [("1", 1.0, "completed"), ("2", 1.0, "cancelled")]


def test_the_last_day_is_known_where_date_and_time_stand_apart(tmp_path: Path) -> None:
    """The look at the days reads both cells: by the date alone the last day would be half begun."""
    lines = ["Order ID,Date,Time,SKU,Quantity"]
    lines += [f"{day},2026-10-{day},{clock},S1,1" for day, clock in ((30, "09:00"), (31, "21:30"))]
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "orders.csv").write_text("\n".join(lines), "utf-8")
    home = LinliHome(home=str(tmp_path / "home"), exports=str(exports))
    assert order_time_range(home, identify_inbox(home))[1] == datetime(2026, 10, 31, 21, 30)
    assert last_business_day(home, identify_inbox(home)) == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("first", "last", "order"),
    [
        ("30/10/2026,9:00", "31/10/2026,9:30 PM", "day_first"),
        ("2026年10月30日,09:00", "2026年10月31日,２１：３０", ""),
        ("2026-10-30 00:00:00,1899-12-30 09:00:00", "46326,0.89583333", ""),
        ("2026-10-30,2026-10-30 09:00", "2026-10-31,13:30:00Z", ""),
    ],
    ids=["day first", "full width", "spreadsheet", "whole moment"],
)
def test_the_look_at_the_days_reads_two_cells_as_a_load_does(
    tmp_path: Path, first: str, last: str, order: str
) -> None:
    exports = tmp_path / "exports"
    head = "Order ID,Date,Time,SKU,Quantity"
    write(exports, "orders.csv", [f"1,{first},S1,1", f"2,{last},S1,1"], head)
    if order:
        said = f'[[files]]\nname = "orders.csv"\ndates = "{order}"\n'
        (exports / "platform.toml").write_text(said, "utf-8")
    home = LinliHome(
        home=str(tmp_path / "loaded"), exports=str(exports), given_pseudonym_key=TEST_KEY
    )
    looked = order_time_range(home, identify_inbox(home))
    ingest(home)
    with home.lakehouse.session() as session:
        stored = session.rows("select min(ordered_at), max(ordered_at) from orders")
    assert [looked] == stored == [(datetime(2026, 10, 30, 9), datetime(2026, 10, 31, 21, 30))]
