"""Workbooks of several sheets: what fits is read, what goes on is read too, the rest is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from data_contracts.errors import ExportError
from tests.staging import read_file

HEADER = ["订单编号", "下单时间", "用户编号", "商品编码", "商品名称", "数量", "成交单价"]
PIVOT = [["团购标题", *(f"品{n}(一箱)" for n in range(20))], ["团", *([1] * 20)]]
PRODUCTS = [["商品编码", "商品名称", "商品分类"], ["S1", "苹果", "水果"], ["S2", "梨", "水果"]]


def lines(*names: str) -> list[list]:
    return [[name, "2026-10-31 10:00:00", "U1", "S1", "苹果", 2, 3.5] for name in names]


def book(path: Path, sheets: dict[str, list[list]], hidden: str = "") -> Path:
    made = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
        if name == hidden:
            sheet.hide()
    made.close()
    return path


def turned(rows: list[list]) -> list[list]:
    """The same table with its columns the other way round."""
    return [row[::-1] for row in rows]


def without(rows: list[list], header: str) -> list[list]:
    place = rows[0].index(header)
    return [[*row[:place], *row[place + 1 :]] for row in rows]


OCTOBER, NOVEMBER = [HEADER, *lines("A1", "A2")], [HEADER, *lines("B1")]
RENAMED = [["订单号", "下单时间", "用户编号", "商品编码", "商品名称", "数量", "单价"], *lines("B1")]
BY_ORDER = [["订单编号", "下单时间", "商品名称", "数量", "商品编码", *"甲乙丙丁戊己庚"]]
BY_ORDER += [["A2", "2026-10-31 10:00:00", "苹果等", 2, "S9"]]


@pytest.mark.parametrize(
    ("sheets", "hidden", "orders", "unread"),
    [
        ({"汇总": PIVOT, "订单": OCTOBER}, "", "A1 A2", ("汇总",)),
        ({"10月": OCTOBER, "11月": NOVEMBER}, "", "A1 A2 B1", ()),
        ({"10月": without(OCTOBER, "商品名称"), "11月": NOVEMBER}, "", "A1 A2 B1", ()),
        ({"10月": OCTOBER, "11月": turned(NOVEMBER)}, "", "A1 A2 B1", ()),
        ({"10月": OCTOBER, "11月": [["十一月"], [], *NOVEMBER]}, "", "A1 A2 B1", ()),
        ({"10月": OCTOBER, "11月": RENAMED}, "", "A1 A2 B1", ()),
        ({"Sheet1": OCTOBER, "Sheet2": NOVEMBER, "Sheet3": []}, "", "A1 A2 B1", ()),
        ({"订单": OCTOBER, "Sheet2": NOVEMBER[1:]}, "", "A1 A2 B1", ()),
        (
            {"订单": OCTOBER, "续": [*lines("B1", "B2")], "三": lines("C1")},
            "",
            "A1 A2 B1 B2 C1",
            (),
        ),
        ({"订单": OCTOBER, "Sheet2": [row[:6] for row in lines("B1")]}, "", "A1 A2", ("Sheet2",)),
        ({"订单": OCTOBER, "Sheet2": turned(lines("B1"))}, "", "A1 A2", ("Sheet2",)),
        ({"订单": OCTOBER, "退货": lines("B1")}, "", "A1 A2", ("退货",)),
        ({"订单": OCTOBER, "笔记": [[*"一二三四五六七"]]}, "", "A1 A2", ("笔记",)),
        ({"10月": OCTOBER, "11月": [HEADER]}, "", "A1 A2", ("11月",)),
        ({"订单": OCTOBER, "旧": NOVEMBER}, "旧", "A1 A2", ("旧 (hidden) (looks like orders)",)),
        ({"商品": PRODUCTS, "订单": OCTOBER}, "", "A1 A2", ("商品 (looks like products)",)),
        ({"填写示例": NOVEMBER, "订单": OCTOBER}, "", "A1 A2", ("填写示例 (looks like orders)",)),
        ({"按订单": BY_ORDER, "明细": OCTOBER}, "", "A1 A2", ("按订单",)),
    ],
)
def test_the_sheets_that_fit_are_read_and_the_others_named(
    tmp_path: Path, sheets: dict, hidden: str, orders: str, unread: tuple[str, ...]
) -> None:
    for name in ("订单.xlsx", "data.xlsx"):
        found = read_file(book(tmp_path / name, sheets, hidden), "order_id", "quantity_units")
        assert found.good == [(order, 2.0) for order in orders.split()]
        assert found.staged.source.format.unread == unread
        assert not found.aside


@pytest.mark.parametrize(
    ("sheets", "said"),
    [
        ({"订单": OCTOBER, "退款订单": NOVEMBER}, "whether the rows of 退款订单 count too"),
        ({"订单": OCTOBER, "订单 副本": OCTOBER}, "whether the rows of 订单 副本 count too"),
        ({"汇总": PIVOT, "半": without(OCTOBER, "下单时间")}, "sheet 半; not read: 汇总"),
    ],
)
def test_a_workbook_that_can_mean_two_things_is_refused_by_its_sheets(
    tmp_path: Path, sheets: dict, said: str
) -> None:
    with pytest.raises(ExportError, match=said):
        read_file(book(tmp_path / "订单.xlsx", sheets))


def test_a_sheet_without_a_header_is_said_and_its_rows_are_numbered_on(tmp_path: Path) -> None:
    rest = [*lines("B1"), ["B2", "", "U1", "S1", "苹果", 1, 3.5]]
    found = read_file(book(tmp_path / "订单.xlsx", {"订单": OCTOBER, "续": rest}))
    assert found.aside == [(4, "ordered_at.required")]
    assert "续 from data row 3 (without a header, as the sheet before)" in found.staged.notes[0]


def test_a_stated_sheet_is_read_and_the_others_are_named_all_the_same(tmp_path: Path) -> None:
    path = book(tmp_path / "订单.xlsx", {"10月": OCTOBER, "11月": NOVEMBER})
    found = read_file(path, "order_id", sheet="11月")
    assert found.good == [("B1",)]
    assert found.staged.source.format.unread == ("10月",)


def test_a_row_of_a_further_sheet_is_named_and_handed_back_by_its_own_cells(
    tmp_path: Path,
) -> None:
    november = turned([HEADER, *lines("B1"), ["B2", "", "U1", "S1", "苹果", 1, 3.5]])
    found = read_file(book(tmp_path / "订单.xlsx", {"10月": OCTOBER, "11月": november}))
    assert found.aside == [(4, "ordered_at.required")]
    assert found.staged.notes == (
        "sheets are read one after the other: 10月 from data row 1, 11月 from data row 3",
    )
