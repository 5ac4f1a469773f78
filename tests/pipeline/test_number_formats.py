"""What a spreadsheet shows beside a number: zeros before an id, a unit behind a quantity."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import numbers

from tests.lake import asking, home_with
from tests.staging import staged, staged_file

HEADER = ["订单编号", "订单行号", "下单时间", "用户编号", "商品编码", "数量", "成交单价"]
ROW = ["A1", 1, "2026-10-31 10:00:00", "U1", "S1", 2, 3.5]


def book(folder: Path, cells: dict[int, tuple[object, str]], header: list[str] = HEADER) -> Path:
    """A workbook of one order line; `cells`: place → value and its number format."""
    sheet = openpyxl.Workbook()
    rows = sheet.active
    assert rows is not None
    rows.append(header)
    rows.append(ROW)
    for place, (value, code) in cells.items():
        cell = rows.cell(2, place + 1, value)
        cell.number_format = code
    path = folder / "orders.xlsx"
    sheet.save(path)
    return path


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (12, "000000", "000012"),
        (1234567, "000000", "1234567"),
        (7, '"SP"0000', "SP0007"),
        (7, '"SP"0', "SP7"),
        (7, "\\S\\P000", "SP007"),
        (12345, "000-0000", "001-2345"),
        (12, "000000;-000000", "000012"),
        (12, "000000_ ", "000012"),
        (12, "[$-804]00000", "00012"),
        (12, numbers.FORMAT_GENERAL, "12"),
        (12, "0", "12"),
        (12, "#,##0", "12"),
        (0, "000", "000"),
        ("0012", "000000", "0012"),
    ],
)
def test_an_id_is_what_its_cell_shows(tmp_path: Path, value: object, code: str, shown: str) -> None:
    _, (row,) = staged_file(book(tmp_path, {4: (value, code)}))
    assert row["sku_id"] == shown


@pytest.mark.parametrize(
    ("code", "title", "quantity"),
    [
        ('0"件"', "数量", 2.0),
        ("00", "数量", 2.0),
        ('0.00"斤"', "数量", None),  # nobody said that the column counts 斤
        ('0.00"斤"', "数量(斤)", 1.0),
        ('#,##0.00"公斤"', "数量(公斤)", 2.0),
        ("0.00", "数量", 2.0),
        ('0"万"', "数量", 2.0),
    ],
)
def test_a_unit_that_only_the_format_shows_is_seen(
    tmp_path: Path, code: str, title: str, quantity: float | None
) -> None:
    header = [title if name == "数量" else name for name in HEADER]
    made, rows = staged_file(book(tmp_path, {5: (2, code)}, header))
    if quantity is None:
        assert rows == []
        assert made.quarantine.column("reason_code").to_pylist() == ["quantity_units.type"]
        assert "2斤" in made.quarantine.column("raw_value").to_pylist()
    else:
        assert [row["quantity_units"] for row in rows] == [quantity]


def test_money_keeps_its_number_whatever_its_format(tmp_path: Path) -> None:
    for number, code in enumerate(['"¥"#,##0.00', '0.00"元"', '0.0,"万"', "00.00", "0%"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        _, (row,) = staged_file(book(folder, {6: (3.5, code)}))
        assert float(row["unit_price_yuan"]) == 3.5, code


UNITS = [
    ("数量", "3件", 3.0),
    ("数量", "3 份", 3.0),
    ("数量", "x3", 3.0),
    ("数量", "×3", 3.0),
    ("数量", "３盒", 3.0),
    ("数量(斤)", "3斤", 1.5),
    ("数量(千克)", "1.5kg", 1.5),
    ("数量(克)", "500克", 0.5),
    ("数量", "3斤", None),
    ("数量", "3箱", None),
    ("数量", "500g", None),
    ("数量(斤)", "3公斤", None),
    ("数量", "3件5斤", None),
    ("数量", "三件", None),
]


def test_units_behind_quantities_are_read_where_they_say_nothing_new(tmp_path: Path) -> None:
    for number, (title, cell, quantity) in enumerate(UNITS):
        header = ",".join(title if name == "数量" else name for name in HEADER)
        text = f"{header}\nA1,1,2026-10-31 10:00:00,U1,S1,{cell},3.5\n"
        made, rows = staged(tmp_path / str(number), "orders.csv", text)
        assert [row["quantity_units"] for row in rows] == ([quantity] if quantity else []), cell
        assert made.quarantine.num_rows == (quantity is None), cell


BESIDE = [
    ("2瓶", "箱", None),
    ("2箱", "箱", 24.0),
    ("3件", "斤", None),
    ("3斤", "斤", 1.5),
    ("3件", "个", 3.0),
    ("3件", "", 3.0),
    ("x3", "斤", 1.5),
]


def test_a_unit_behind_a_quantity_is_compared_with_the_unit_of_the_row(tmp_path: Path) -> None:
    lines = [
        (f"A{number}", 1, "2026-10-31 10:00:00", "U1", "S1", cell, 3.5, unit)
        for number, (cell, unit, _) in enumerate(BESIDE)
    ]
    products = [("S1", "可乐", "瓶", 12), ("S2", "葡萄", "斤", "")]
    files = {
        "orders": ([*HEADER, "单位"], lines),
        "products": (["商品编码", "商品名称", "单位", "箱规"], products),
    }
    home = home_with(tmp_path, files)
    sql = "select order_id, quantity_units from orders order by order_id"
    with asking(home, sql) as session:
        found = dict(session.rows(sql))
    assert found == {
        f"A{number}": quantity for number, (*_, quantity) in enumerate(BESIDE) if quantity
    }


def test_a_counting_word_beside_a_product_sold_by_weight_is_set_aside(tmp_path: Path) -> None:
    lines = [
        (f"A{number}", 1, "2026-10-31 10:00:00", "U1", sku, cell, 3.5)
        for number, (sku, cell) in enumerate([("S2", "2份"), ("S2", "2"), ("S1", "2份")])
    ]
    products = [("S2", "葡萄", "斤"), ("S1", "可乐", "瓶")]
    files = {
        "orders": (HEADER, lines),
        "products": (["商品编码", "商品名称", "单位"], products),
    }
    home = home_with(tmp_path, files)
    sql = "select order_id, quantity_units from orders order by order_id"
    with asking(home, f"{sql} quarantine") as session:
        assert session.rows(sql) == [("A1", 1.0), ("A2", 2.0)]
        aside = session.rows("select reason_code from quarantine")
    assert aside == [("quantity_units.type",)]


def test_the_cause_of_a_line_without_a_product_is_the_product(tmp_path: Path) -> None:
    header = ",".join(name for name in HEADER if name != "订单行号")
    text = (
        f"{header}\nA1,2026-10-31 10:00:00,U1,S1,1,3.5\nA2,2026-10-31 10:00:00,U1,,1,3.5\n"
        "A3,2026-10-31 10:00:00,U1,S3,1,3.5\n"
    )
    made, _ = staged(tmp_path, "orders.csv", text)
    assert made.quarantine.column("reason_code").to_pylist() == ["sku_id.required"]
