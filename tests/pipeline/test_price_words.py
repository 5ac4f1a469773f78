"""What a price is per, where only its cells say it: 3.50元/斤, as a text or by its format."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.staging import staged, staged_file

AT = "2026-10-31 10:00:00"
HEADER = "订单编号,订单行号,下单时间,用户编号,商品编码,{quantity},单价,{more}"

# quantity's header, further header and cell, price's cell: quantity and price as they are stored
CASES = [
    ("数量(公斤)", "备注", "", "3.50元/斤", (2.0, 7.0)),
    ("数量(公斤)", "备注", "", "¥3.50/斤", (2.0, 7.0)),
    ("数量(公斤)", "备注", "", "3.50元／500g", (2.0, 7.0)),
    ("数量(斤)", "备注", "", "3.50元/斤", (1.0, 7.0)),
    ("数量(斤)", "备注", "", "7元/公斤", (1.0, 7.0)),
    ("数量(斤)", "备注", "", "7.00 元/kg", (1.0, 7.0)),
    ("数量(公斤)", "备注", "", "7元每千克", (2.0, 7.0)),
    ("数量", "销售单位", "斤", "3.50元/斤", (1.0, 7.0)),
    ("数量", "销售单位", "公斤", "3.50元/斤", (2.0, 7.0)),
    # nobody says what the quantity counts in: it is what the price is per
    ("数量", "备注", "", "3.50元/斤", (2.0, 3.5)),
    ("数量", "备注", "", "3.50元/份", (2.0, 3.5)),
    ("数量", "备注", "", "3.50/件", (2.0, 3.5)),
]


@pytest.mark.parametrize(("quantity", "more", "cell", "price", "stored"), CASES)
def test_a_unit_behind_a_price_is_heard(
    tmp_path: Path, quantity: str, more: str, cell: str, price: str, stored: tuple[float, float]
) -> None:
    header = HEADER.format(quantity=quantity, more=more)
    made, rows = staged(tmp_path, "orders.csv", f"{header}\nA1,1,{AT},U1,S1,2,{price},{cell}\n")
    found = [(row["quantity_units"], float(row["unit_price_yuan"])) for row in rows]
    assert found == [stored], made.quarantine.column("reason").to_pylist()


def book(folder: Path, quantity: str, prices: list[tuple[float, str]]) -> Path:
    sheet = openpyxl.Workbook()
    rows = sheet.active
    assert rows is not None
    rows.append(HEADER.format(quantity=quantity, more="备注").split(","))
    for number, (price, code) in enumerate(prices):
        rows.append([f"A{number}", 1, AT, "U1", "S1", 2, price, ""])
        rows.cell(number + 2, 7).number_format = code
    folder.mkdir(exist_ok=True)
    sheet.save(folder / "orders.xlsx")
    return folder / "orders.xlsx"


@pytest.mark.parametrize(
    ("quantity", "code", "stored"),
    [
        ("数量(公斤)", '0.00"元/斤"', (2.0, 7.0)),
        ("数量(公斤)", '"¥"0.00"/斤"', (2.0, 7.0)),
        ("数量(公斤)", '#,##0.00"元/市斤"', (2.0, 7.0)),
        ("数量(斤)", '0.00"元/斤"', (1.0, 7.0)),
        ("数量(斤)", '0.00"元/公斤"', (1.0, 3.5)),
        ("数量(公斤)", '0.00"元"', (2.0, 3.5)),
        ("数量", '0.00"元/份"', (2.0, 3.5)),
        ("数量", '0.00"元/斤"', (2.0, 3.5)),
    ],
)
def test_a_unit_in_the_format_of_a_price_is_heard(
    tmp_path: Path, quantity: str, code: str, stored: tuple[float, float]
) -> None:
    made, (row,) = staged_file(book(tmp_path, quantity, [(3.5, code)]))
    assert (row["quantity_units"], float(row["unit_price_yuan"])) == stored
    assert any("as its cells say" in note for note in made.notes) == ("斤" in code)


def test_prices_per_two_weights_are_read_as_one(tmp_path: Path) -> None:
    path = book(tmp_path, "数量(公斤)", [(3.5, '0.00"元/斤"'), (7, '0.00"元/公斤"'), (3.5, "0.00")])
    _, rows = staged_file(path)
    assert [float(row["unit_price_yuan"]) for row in rows] == [7.0, 7.0, 7.0]


def test_a_price_per_something_else_than_the_others_is_set_aside(tmp_path: Path) -> None:
    header = HEADER.format(quantity="数量(公斤)", more="备注")
    lines = [
        f"A{n},1,{AT},U1,S1,2,{price},\n" for n, price in enumerate(["3元/斤"] * 3 + ["3元/份"])
    ]
    made, rows = staged(tmp_path, "orders.csv", header + "\n" + "".join(lines))
    assert [float(row["unit_price_yuan"]) for row in rows] == [6.0] * 3
    assert [
        (row["column_name"], row["kind"], row["rows"])
        for row in made.repairs.to_pylist()
        if row["kind"] == "price_unit"
    ] == [("unit_price_yuan", "price_unit", 3)]
    assert made.quarantine.column("reason_code").to_pylist() == ["unit_price_yuan.type"]


def test_what_the_header_says_is_taken_off_the_cells_and_counts(tmp_path: Path) -> None:
    header = HEADER.format(quantity="数量(公斤)", more="备注").replace("单价", "单价(元/斤)")
    _, rows = staged(tmp_path, "orders.csv", f"{header}\nA1,1,{AT},U1,S1,2,3.50元/斤,\n")
    assert [float(row["unit_price_yuan"]) for row in rows] == [7.0]


def test_a_product_s_price_per_jin_is_heard(tmp_path: Path) -> None:
    text = "商品编码,商品名称,划线价,成本价\nS1,苹果,6元/斤,4元/斤\n"
    _, (row,) = staged(tmp_path, "products.csv", text)
    assert (float(row["list_price_yuan"]), float(row["cost_yuan"])) == (12.0, 8.0)
