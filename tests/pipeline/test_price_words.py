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


BY_UNIT = "订单编号,商品编码,数量,单位,单价,下单时间,会员编号"
# unit and price of the row beside others at 3.00元/斤 → quantity and price of two of it
BESIDE = [
    ("斤", "3.00元/斤", (1.0, 6.0)),
    ("斤", "4", (1.0, 8.0)),
    ("斤", "8元/公斤", (1.0, 8.0)),
    ("公斤", "3.00元/斤", (2.0, 6.0)),
    ("公斤", "8元/kg", (2.0, 8.0)),
    ("公斤", "¥4.00", (2.0, 4.0)),
    ("盒", "5", (2.0, 5.0)),
    ("盒", "5元", (2.0, 5.0)),
    ("袋", "¥20.00", (2.0, 20.0)),
    ("箱", "60", (2.0, 60.0)),
    ("盒", "5元/盒", (2.0, 5.0)),
    ("箱", "60元/箱", (2.0, 60.0)),
    ("", "5", (2.0, 5.0)),
    ("", "3元/斤", (2.0, 3.0)),  # it counts in what its price is per
]


@pytest.mark.parametrize("others", [1, 3])
@pytest.mark.parametrize(("unit", "price", "stored"), BESIDE)
def test_a_row_takes_the_unit_of_other_prices_only_if_it_is_weighed(
    tmp_path: Path, unit: str, price: str, stored: tuple[float, float], others: int
) -> None:
    lines = [f"A{n},S1,2,斤,3.00元/斤,{AT},U1" for n in range(others)]
    text = "\n".join([BY_UNIT, *lines, f"B,S4,2,{unit},{price},{AT},U1", ""])
    made, rows = staged(tmp_path, "订单f.csv", text)
    found = [(row["quantity_units"], float(row["unit_price_yuan"])) for row in rows]
    assert found == [(1.0, 6.0)] * others + [stored], made.quarantine.column("reason").to_pylist()


def test_bare_prices_of_rows_in_kilograms_are_per_jin_where_such_rows_say_so(
    tmp_path: Path,
) -> None:
    units = [("公斤", "3元/斤"), ("公斤", "4"), ("盒", "5"), ("斤", "4")]
    lines = [f"A{n},S{n},2,{unit},{price},{AT},U1" for n, (unit, price) in enumerate(units)]
    _, rows = staged(tmp_path, "订单f.csv", "\n".join([BY_UNIT, *lines, ""]))
    assert [float(row["unit_price_yuan"]) for row in rows] == [6.0, 8.0, 5.0, 8.0]


def test_one_price_per_kilogram_leaves_the_others_per_what_their_rows_count_in(
    tmp_path: Path,
) -> None:
    units = [("公斤", "80元/公斤"), ("斤", "3"), ("盒", "5"), ("斤", "40元/公斤")]
    lines = [f"A{n},S{n},2,{unit},{price},{AT},U1" for n, (unit, price) in enumerate(units)]
    _, rows = staged(tmp_path, "订单f.csv", "\n".join([BY_UNIT, *lines, ""]))
    assert [float(row["unit_price_yuan"]) for row in rows] == [80.0, 6.0, 5.0, 40.0]


@pytest.mark.parametrize("header", ["零售价", "划线价", "成本价"])
@pytest.mark.parametrize("price", ["3.00元/斤", "¥3/500g", "6元/kg"])
@pytest.mark.parametrize("has_units", [True, False])
def test_a_product_sold_by_the_piece_is_never_priced_per_jin(
    tmp_path: Path, header: str, price: str, has_units: bool
) -> None:
    rows = [("S1", "土豆", "斤", price), ("S4", "奶", "盒", "5"), ("S5", "面", "袋", "20元")]
    names = ["商品编码", "商品名称", "单位", header]
    lines = [",".join(names), *(",".join(row) for row in rows)]
    if not has_units:
        lines = [",".join(line.split(",")[:2] + line.split(",")[3:]) for line in lines]
    _, found = staged(tmp_path, "products.csv", "\n".join([*lines, ""]))
    name = "cost_yuan" if header == "成本价" else "list_price_yuan"
    assert [float(row[name]) for row in found] == [6.0, 5.0, 20.0]


def test_what_the_header_says_is_taken_off_the_cells_and_counts(tmp_path: Path) -> None:
    header = HEADER.format(quantity="数量(公斤)", more="备注").replace("单价", "单价(元/斤)")
    _, rows = staged(tmp_path, "orders.csv", f"{header}\nA1,1,{AT},U1,S1,2,3.50元/斤,\n")
    assert [float(row["unit_price_yuan"]) for row in rows] == [7.0]


def test_a_product_s_price_per_jin_is_heard(tmp_path: Path) -> None:
    text = "商品编码,商品名称,划线价,成本价\nS1,苹果,6元/斤,4元/斤\n"
    _, (row,) = staged(tmp_path, "products.csv", text)
    assert (float(row["list_price_yuan"]), float(row["cost_yuan"])) == (12.0, 8.0)
