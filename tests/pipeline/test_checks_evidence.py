"""Numbers of failing rows, samples and other days; the page that shows them without a network.

Ingest lets no bad row in, so rows are spoiled where they stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.checks import sampling
from assets.checks.changed_days import ChangedDays
from assets.checks.checks_page import render_checks_page
from assets.checks.history import label_of_code
from assets.checks.run_checks import run_checks
from assets.checks.store import FILE
from assets.resources.home import LinliHome
from data_contracts.exports import ORDERS
from data_contracts.tables.demand import DEMAND_DAY
from tests.lake import home_with, ingest, write_export

DAY = date(2026, 9, 8)
DAYS = 10
HEADER = [
    "order_id",
    "line_id",
    "ordered_at",
    "user_id",
    "sku_id",
    "quantity_units",
    "sale_unit",
    "receiver_name",
    "receiver_phone",
]
PERSONAL = ("王小明", "13812345678", "user-7", "王", "138")


def lines(day: date, rows: int = 40) -> Iterator[list[object]]:
    for n in range(rows):
        at = f"{day} {8 + n % 12:02}:10:00"
        yield [f"{day}-{n}", "1", at, "user-7", "s", 2, "kg", "王小明", "13812345678"]


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    """Ten days of orders, the last of them after DAY, in two files."""
    days = [DAY + timedelta(days=n) for n in range(2 - DAYS, 2)]
    first = [line for day in days[:5] for line in lines(day)]
    last = [line for day in days[5:] for line in lines(day)]
    write_export(tmp_path / "exports", "orders_1", HEADER, first)
    return home_with(tmp_path, {"orders_2": (HEADER, last)})


def spoil(home: LinliHome, day: date, columns: str, numbers: list[int]) -> None:
    """Replace `columns` of rows with those numbers in the stored day."""
    with home.lakehouse.session() as session:
        data = session.arrow(
            f"select * replace ({columns}) from orders where business_date = $day "
            "and list_contains($numbers, row_number) union all "
            "select * from orders where business_date = $day "
            "and not list_contains($numbers, row_number)",
            day=day,
            numbers=numbers,
        )
    home.lakehouse.replace_days(ORDERS, [day], data, by="business_date")


def numbers_of(home: LinliHome, day: date) -> list[int]:
    with home.lakehouse.session() as session:
        found = session.rows(
            "select row_number from orders where business_date = $day order by 1", day=day
        )
    return [row[0] for row in found]


def results(home: LinliHome, day: date = DAY) -> dict[str, dict[str, Any]]:
    """Check → row of `checks.json`, after a run of the checks on orders."""
    run_checks(home, ORDERS, day)
    rows = json.loads((home.report_dir(day) / FILE).read_text("utf-8"))
    return {row["check"]: row for row in rows if row["table"] == "orders"}


def failing(row: dict[str, Any]) -> tuple[int, list[tuple[str, int]]]:
    return row["failing"]["total"], [(item["file"], item["row"]) for item in row["failing"]["rows"]]


@pytest.mark.parametrize(
    ("columns", "check"),
    [
        ("null as sku_id", "sku_id__required"),
        ("-1.0 as quantity_units", "quantity_units__range"),
        ("'jin' as sale_unit", "sale_unit__codes"),
        ("3.0 as cancelled_units", "cancelled_units_and_quantity_units__not_above"),
    ],
)
def test_the_numbers_are_exactly_those_of_the_spoiled_rows(
    home: LinliHome, columns: str, check: str
) -> None:
    wrong = numbers_of(home, DAY)[3:6]
    spoil(home, DAY, columns, wrong)
    after = DAY + timedelta(days=1)  # what comes later is no matter of the day
    spoil(home, after, columns, numbers_of(home, after)[:4])
    found = results(home)
    assert [name for name, row in found.items() if not row["passed"]] == [check]
    assert failing(found[check]) == (3, [("orders_2.csv", number) for number in wrong])


def test_a_key_that_occurs_twice_names_both_rows(home: LinliHome) -> None:
    first, second = numbers_of(home, DAY)[7:9]
    spoil(home, DAY, "'same' as order_id", [first, second])
    row = results(home)["order_id_and_line_id__unique"]
    assert failing(row) == (2, [("orders_2.csv", first), ("orders_2.csv", second)])
    assert row["severity"] == "ERROR"


def test_of_many_failing_rows_the_first_ten_are_named_and_all_are_counted(home: LinliHome) -> None:
    wrong = numbers_of(home, DAY)[:23]
    spoil(home, DAY, "-1.0 as quantity_units", wrong)
    total, shown = failing(results(home)["quantity_units__range"])
    assert total == 23 and shown == [("orders_2.csv", number) for number in wrong[:10]]


def test_dagster_shows_the_numbers_as_a_table(home: LinliHome) -> None:
    number = numbers_of(home, DAY)[0]
    spoil(home, DAY, "-1.0 as quantity_units", [number])
    found = {result.check_name: result for result in run_checks(home, ORDERS, DAY)}
    text = found["quantity_units__range"].metadata["failing_rows"].value
    assert f"| orders_2.csv | {number} |" in text and "1 行不符" in text
    assert found["quantity_units__range"].severity.value == "WARN"
    said = {name: result.description for name, result in found.items() if result.description}
    assert said["quantity_units__range"] == f"1 行不符：orders_2.csv 第 {number} 行数据"
    assert said["table__volume"] == "历史不足，无法比较"
    assert "sku_id__required" not in said


def test_a_computed_table_counts_and_names_no_file(tmp_path: Path) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path))
    row = {"as_of": DAY, "warehouse_id": "w", "sku_id": "s", "day": DAY, "sold_units": -1.0}
    data = pa.Table.from_pylist([row], schema=DEMAND_DAY.arrow_schema())
    home.lakehouse.replace(DEMAND_DAY, DAY, data)
    run_checks(home, DEMAND_DAY, DAY)
    stored = json.loads((home.report_dir(DAY) / FILE).read_text("utf-8"))
    failed = {item["check"]: item["failing"] for item in stored if not item["passed"]}
    assert failed == {"sold_units__range": {"total": 1, "rows": []}}


def test_a_sample_says_its_share_and_failing_rows_are_counted_over_all(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 15)
    wrong = numbers_of(home, DAY)
    spoil(home, DAY, "-1.0 as quantity_units", wrong)
    row = results(home)["quantity_units__range"]
    assert row["share_of_rows_checked"] == pytest.approx(1 / 3)
    assert 0 < row["rows_checked"] < 40 == row["rows"] == row["failing"]["total"]
    assert row["unexpected_rows"] == row["rows_checked"]
    page = (home.report_dir(DAY) / "checks.html").read_text("utf-8")
    assert "抽样 33.3 %" in page


def test_a_sample_takes_all_rows_of_a_key_or_none(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 5)
    pairs = numbers_of(home, DAY)
    spoil(home, DAY, "(row_number // 2)::varchar as order_id", pairs)
    row = results(home)["order_id_and_line_id__unique"]
    assert not row["passed"] and row["rows_checked"] == row["unexpected_rows"]


def test_days_a_load_touched_are_looked_at_once(home: LinliHome) -> None:
    first, again = (results(home)["table__other_days"] for _ in range(2))
    # of ten days one is the day itself and one comes after it
    assert (first["days"], first["rows_checked"], first["status"]) == (8, 8 * 40, "passed")
    assert again == first | {"step_seconds": again["step_seconds"]}
    after = DAY + timedelta(days=1)
    assert list(ChangedDays(home.lakehouse.root, "orders").read()) == [after]
    later = results(home, after)["table__other_days"]
    assert (later["days"], later["status"]) == (0, "no_rows")


def test_a_late_file_has_its_days_looked_at_and_no_other(home: LinliHome) -> None:
    results(home)
    late = [line for n in (2, 3) for line in lines(DAY - timedelta(days=n), rows=45)]
    write_export(home.exports_dir, "orders_late", HEADER, late)
    ingest(home)
    row = results(home)["table__other_days"]
    assert (row["days"], row["rows_checked"]) == (2, 90)
    assert row["seen"].startswith(f"{DAY - timedelta(days=3)} – {DAY - timedelta(days=2)}")


def test_a_bulk_backfill_is_looked_at_on_one_sample_that_says_so(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 80)
    row = results(home)["table__other_days"]
    assert (row["days"], row["share_of_rows_checked"]) == (8, 0.25)
    assert 40 < row["rows_checked"] < 160 and "320 行 rows" in row["seen"]
    page = (home.report_dir(DAY) / "checks.html").read_text("utf-8")
    assert "抽样 25 %" in page and "8 天 days" in page


@pytest.mark.parametrize(
    ("columns", "severity"), [("null as sku_id", "ERROR"), ("'jin' as sale_unit", "WARN")]
)
def test_a_wrong_other_day_names_its_rows_and_stays_noted(
    home: LinliHome, columns: str, severity: str
) -> None:
    earlier = DAY - timedelta(days=7)
    wrong = numbers_of(home, earlier)[:2]
    spoil(home, earlier, columns, wrong)
    for _ in range(2):  # looked at again until it is mended
        row = results(home)["table__other_days"]
        assert (row["passed"], row["severity"], row["days"]) == (False, severity, 8)
        assert failing(row["parts"][0]) == (2, [("orders_1.csv", number) for number in wrong])
    noted = ChangedDays(home.lakehouse.root, "orders").read()
    assert earlier in noted and DAY not in noted


class Tags(HTMLParser):
    """Every address a page would fetch or lead to, and tags that run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value for name, value in attrs if name in ("src", "href", "srcset")]
        if tag in ("script", "link", "img", "iframe"):
            self.fetched.append(tag)


def test_the_page_stands_alone_and_opens_on_what_failed(home: LinliHome) -> None:
    spoil(home, DAY, "-1.0 as quantity_units", numbers_of(home, DAY)[:2])
    run_checks(home, DEMAND_DAY, DAY)
    results(home)
    text = (home.report_dir(DAY) / "checks.html").read_text("utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.fetched == [] and "@import" not in text and "url(" not in text
    assert "http://" not in text and "https://" not in text
    # orders failed: first and open; the computed table came first and stays closed
    assert text.index("订单明细") < text.index("日需求")
    assert text.count('<details class="table" open>') == 1
    assert "1 项警告" in text and "orders_2.csv" in text
    assert text.index("quantity_units__range") < text.index("sku_id__required")


def test_no_value_of_a_row_is_stored_or_shown(home: LinliHome) -> None:
    numbers = numbers_of(home, DAY)
    spoil(home, DAY, "'李四13900001111' as sale_unit", numbers[:3])
    spoil(home, DAY, "'李四13900001111' as order_status", numbers[3:5])
    shown = [str(result.metadata) for result in run_checks(home, ORDERS, DAY)]
    for name in (FILE, "checks.html"):
        shown.append((home.report_dir(DAY) / name).read_text("utf-8"))
    for text in shown:
        assert not [value for value in (*PERSONAL, "李四", "139000") if value in text]


def test_a_shown_name_is_escaped(home: LinliHome) -> None:
    number = numbers_of(home, DAY)[0]
    spoil(home, DAY, "-1.0 as quantity_units", [number])
    rows = list(results(home).values())
    wrong = next(row for row in rows if not row["passed"])
    wrong["failing"]["rows"][0]["file"] = "<script>alert(1)</script>.csv"
    text = render_checks_page(DAY, rows)
    assert "<script>" not in text and "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("value", "label"), [("'kg'", "kg"), ("null", "空 empty"), ("'李四'", "其他 other")]
)
def test_a_value_from_outside_a_closed_list_is_no_label(
    home: LinliHome, value: str, label: str
) -> None:
    with home.lakehouse.session() as session:
        sql = label_of_code("unit", ["kg", "piece"])
        assert session.scalar(f"select {sql} from (select {value} as unit)") == label
