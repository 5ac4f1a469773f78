"""Tables made for people: merged cells, lines that follow their order blank, rows of totals."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from assets.ingest.load import load
from data_contracts.exports import ORDERS
from tests.lake import home_at, named
from tests.staging import Read, read_file

HEADER = [
    "序号",
    "订单编号",
    "下单时间",
    "用户编号",
    "收货人",
    "商品编码",
    "商品名称",
    "数量",
    "成交单价",
]
TEN = "2026-10-31 10:00:00"


def order(name: str, *skus: str, user: str = "U1") -> list[list]:
    """The rows of an order; all but the first lack what belongs to the order."""
    first, *others = skus
    rows = [["1", name, TEN, user, "某", first, "苹果", "1", "3.5"]]
    return rows + [["", "", "", "", "", sku, "苹果", "1", "3.5"] for sku in others]


def csv_of(tmp_path: Path, rows: list[list], header: list[str] = HEADER) -> Path:
    path = tmp_path / "订单.csv"
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in [header, *rows]), "utf-8")
    return path


def read(path: Path) -> Read:
    return read_file(path, "order_id", "user_id", "sku_id", "ordered_at")


# -- lines of an order -----------------------------------------------------------------------------


def test_lines_that_follow_their_order_blank_belong_to_it(tmp_path: Path) -> None:
    rows = [
        *order("A1", "S1", "S2", "S3"),
        *order("A2", "S1", user=""),
        *order("A3", "S1", "S2", user=""),
    ]
    found = read(csv_of(tmp_path, rows))
    at, user = datetime(2026, 10, 31, 10), named("U1")
    assert found.good == [
        *[("A1", user, sku, at) for sku in ("S1", "S2", "S3")],
        ("A2", None, "S1", at),
        *[("A3", None, sku, at) for sku in ("S1", "S2")],
    ]
    assert not found.aside
    assert found.repairs[("order_id", "filled_down")] == 3
    assert found.repairs[("user_id", "filled_down")] == 2


NO_NUMBER = [["1", "", TEN, "U2", "某", "S2", "梨", "1", "2"]]


@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        ([*order("A1", "S1"), *NO_NUMBER * 3], [2, 3, 4]),  # a time of its own
        ([*order("A1", "S1", "S2", "S3", "S4"), *NO_NUMBER], [2, 3, 4, 5]),
        ([*order("A0", "S1", "S2"), *(order("A1", "S1") * 9)], [2]),  # an exception
        ([["", "", "", "", "", "S2", "梨", "1", "2"]] * 4, [1, 2, 3, 4]),  # of no order
        ([*order("A1", "S1"), *([["", "", "", "U9", "", "S2", "梨", "1", "2"]] * 4)], [2, 3, 4, 5]),
        ([*order("A1", "S1"), *([["", "", "", "", "", "", "梨", "1", "2"]] * 4)], [2, 3, 4, 5]),
    ],
)
def test_a_cell_that_is_missing_is_not_filled(
    tmp_path: Path, rows: list[list], bad: list[int]
) -> None:
    assert [number for number, _ in read(csv_of(tmp_path, rows)).aside] == bad


def test_lines_do_not_go_to_the_order_before_theirs(tmp_path: Path) -> None:
    broken = ["2", "A2", TEN]
    rows = [*order("A1", "S1", "S2", "S3", "S4"), broken, *order("A2", "S7", "S8")[1:]]
    found = read(csv_of(tmp_path, rows))
    assert [row[0] for row in found.good] == ["A1"] * 4
    assert found.aside == [(5, "row.fields"), (6, "order_id.required")]


def test_lines_follow_their_order_over_the_end_of_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.resources.readers.delimited.reader.BLOCK_BYTES", 1 << 10)
    monkeypatch.setattr("assets.resources.readers.delimited.stream.BLOCK_BYTES", 1 << 10)
    rows = [row for n in range(60) for row in order(f"A{n}", "S1", "S2", "S3", user=f"U{n}")]
    found = read(csv_of(tmp_path, rows))
    assert [row[:2] for row in found.good] == [
        (f"A{n}", named(f"U{n}")) for n in range(60) for _ in range(3)
    ]


def test_merged_cells_hold_for_all_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "订单.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("订单")
    sheet.merge_range(0, 0, 0, 8, "十月订单")
    rows = [HEADER, *order("A1", "S1", "S2"), *order("A2", "S1")]
    rows[1][7] = rows[2][7] = ""
    for place, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if cell:
                sheet.write(place, column, cell)
    for column, text in ((1, "A1"), (2, TEN), (3, "U1"), (4, "某")):
        sheet.merge_range(2, column, 3, column, text)
    sheet.merge_range(2, 7, 3, 7, "2")  # a quantity is not repeated
    book.close()
    found = read(path)
    assert [row[:3] for row in found.good] == [("A1", named("U1"), "S1"), ("A2", named("U1"), "S1")]
    assert found.aside == [(2, "quantity_units.required")]
    assert read_file(path).staged.quarantine.to_pylist()[0]["user_id"] == named("U1")


# -- totals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "totals",
    [
        ["合计", "", "", "", "", "", "", "3", "10.5"],
        ["", "合  计：", "", "", "", "", "", "3", ""],
        ["", "", "", "", "", "", "总计（元）", "3", ""],
        ["", "", "小计", "", "", "", "", "3", "10.5"],
        ["", "A1 汇总", "", "", "", "", "", "3", ""],
        ["Grand Total", "-", "-", "-", "-", "-", "-", "3", ""],
    ],
)
def test_a_row_of_totals_is_set_aside_by_its_name(tmp_path: Path, totals: list) -> None:
    rows = [*order("A1", "S1"), totals, *order("A2", "S1"), totals]
    found = read(csv_of(tmp_path, rows))
    assert [row[0] for row in found.good] == ["A1", "A2"]
    assert found.aside == [(2, "row.totals"), (4, "row.totals")]
    assert found.staged.bad_share == 0 and found.staged.rows_read == 4


def test_totals_are_no_lines_of_the_order_above(tmp_path: Path) -> None:
    subtotal = ["", "", "", "", "", "", "小计", "3", "10.5"]
    rows = [*order("A1", "S1", "S2", "S3"), subtotal, *order("A2", "S1", "S2"), subtotal]
    found = read(csv_of(tmp_path, rows))
    assert [row[0] for row in found.good] == ["A1", "A1", "A1", "A2", "A2"]
    assert found.aside == [(4, "row.totals"), (7, "row.totals")]


def test_a_product_called_total_is_sold(tmp_path: Path) -> None:
    rows = order("A1", "S1")
    rows[0][6] = "Total"
    assert len(read(csv_of(tmp_path, rows)).good) == 1


def test_rows_that_have_a_number_and_nothing_else_are_blank(tmp_path: Path) -> None:
    rows = [*order("A1", "S1"), *([[str(n), *[""] * 8] for n in range(2, 9)])]
    found = read(csv_of(tmp_path, rows))
    assert len(found.good) == found.staged.rows_read == 1


def test_many_totals_neither_refuse_a_file_nor_come_back_by_hand(tmp_path: Path) -> None:
    rows = [row for n in range(25) for row in (*order(f"A{n}", "S1"), ["合计", *[""] * 6, "1", ""])]
    home = home_at(tmp_path, tmp_path / "in")
    home.exports_dir.mkdir()
    csv_of(home.exports_dir, rows)
    loaded = load(home, ORDERS, lambda _: None)
    assert (loaded.ledger[0].rows_loaded, loaded.ledger[0].rows_quarantined) == (25, 25)
    assert not list((home.root / "quarantine").glob("*"))
