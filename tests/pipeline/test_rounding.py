"""Prices and amounts of more than four decimals: rounded and counted, no sale is lost for them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from tests.lake import home_at, ingest
from tests.staging import read_file, staged

HEADER = "订单编号,下单时间,用户编号,商品编码,数量,单价"
AT = "2026-11-02 09:30:00"
PRICE, PAID = ("unit_price_yuan", "rounded"), ("paid_amount_yuan", "rounded")


def read(tmp_path: Path, lines: list[str], more: str = "", name: str = "orders.csv"):
    text = "\n".join([HEADER + more, *lines]) + "\n"
    made, rows = staged(tmp_path, name, text)
    kinds = {(row["column_name"], row["kind"]): row["rows"] for row in made.repairs.to_pylist()}
    kinds.pop(("line_id", "made"), None)
    return made, rows, kinds


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("3.333333", "3.3333"),
        ("3.3333333333333335", "3.3333"),
        ("¥3.333333", "3.3333"),
        ("6.66666667", "6.6667"),
        ("1,234.567891", "1234.5679"),
        ("３．３３３３３３", "3.3333"),
    ],
)
def test_a_price_of_many_decimals_is_rounded_and_counted(
    tmp_path: Path, written: str, price: str
) -> None:
    made, (row,), kinds = read(tmp_path, [f'B1,{AT},M1,K1,3,"{written}"'])
    assert not made.rows_bad and kinds == {PRICE: 1}
    assert row["unit_price_yuan"] == Decimal(price)


def test_noise_of_binary_fractions_is_no_repair(tmp_path: Path) -> None:
    _, (row,), kinds = read(tmp_path, [f"B1,{AT},M1,K1,3,4.8999999999999995"])
    assert row["unit_price_yuan"] == Decimal("4.9000") and kinds == {}


def test_where_the_digits_change_the_sum_the_sum_is_kept_to_the_fen(tmp_path: Path) -> None:
    lines = [f"B1,{AT},M1,K1,300,3.333333", f"B2,{AT},M1,K1,3,3.333333", f"B3,{AT},M1,K1,2,8"]
    made, rows, _ = read(tmp_path, lines)
    assert [row["paid_amount_yuan"] for row in rows] == [Decimal("1000.0000"), None, None]
    assert made.all_totals.amount == Decimal("1025.9999")
    _, (row,), _ = read(tmp_path / "coupon", [f"B1,{AT},M1,K1,300,3.333333,10"], ",优惠金额")
    assert row["paid_amount_yuan"] == Decimal("990.0000")
    _, (row,), _ = read(tmp_path / "paid", [f"B1,{AT},M1,K1,300,3.333333,950"], ",实付金额")
    assert row["paid_amount_yuan"] == Decimal("950.0000")
    _, (row,), _ = read(tmp_path / "half", [f"B1,{AT},M1,K1,300,3.333333,"], ",实付金额")
    assert row["paid_amount_yuan"] == Decimal("1000.0000")


def test_an_amount_of_many_decimals_is_rounded_far_below_a_fen(tmp_path: Path) -> None:
    made, (row,), kinds = read(tmp_path, [f"B1,{AT},M1,K1,3,4,11.333333"], ",实付金额")
    assert not made.rows_bad and kinds == {PAID: 1}
    assert row["paid_amount_yuan"] == Decimal("11.3333")


def test_a_price_that_rounding_would_change_is_set_aside(tmp_path: Path) -> None:
    made, rows, _ = read(tmp_path, [f"B1,{AT},M1,K1,3,0.00012", f"B2,{AT},M1,K1,3,0.00001"])
    assert rows == [] and made.rows_bad == 2


def test_a_third_in_a_workbook_and_in_parquet(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "orders.xlsx"))
    sheet = book.add_worksheet("订单")
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["B1", AT, "M1", "K1", 3, 10 / 3])
    book.close()
    found = read_file(tmp_path / "orders.xlsx", "unit_price_yuan")
    assert found.good == [(Decimal("3.3333"),)] and found.repairs[PRICE] == 1
    cells = {"订单编号": ["B1"], "下单时间": [AT], "用户编号": ["M1"], "商品编码": ["K1"]}
    table = pa.table(cells | {"数量": [3.0], "单价": [10 / 3]})
    pq.write_table(table, tmp_path / "orders.parquet")
    found = read_file(tmp_path / "orders.parquet", "unit_price_yuan")
    assert found.good == [(Decimal("3.3333"),)] and found.repairs[PRICE] == 1


def test_cost_prices_of_products_are_rounded_too(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    text = "商品编码,商品名称,成本价\nK1,苹果,1.666667\nK2,梨,2.5\n"
    (tmp_path / "exports" / "products.csv").write_text(text, "utf-8")
    home = home_at(tmp_path, tmp_path / "exports")
    ingest(home)
    with home.lakehouse.session() as session:
        found = session.rows("select sku_id, cost_yuan from products order by 1")
        kinds = session.rows("select column_name, kind, rows from repairs")
    assert found == [("K1", Decimal("1.6667")), ("K2", Decimal("2.5000"))]
    assert kinds == [("cost_yuan", "rounded", 1)]
