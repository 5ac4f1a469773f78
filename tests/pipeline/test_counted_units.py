"""What a quantity counts in: by its own unit, by its header, or as only the product file says."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from assets.day import DayRun
from assets.ingest.exports import say_counted_before
from assets.ingest.product_units import skus_in_jin
from tests.lake import home_with, write_export
from tests.staging import staged

AT = "2026-10-31 10:00:00"
ORDERS = ("订单编号", "订单行号", "下单时间", "用户编号", "商品编码", "数量", "成交单价")
STOCK = ("网格仓编号", "商品编码", "盘点时间", "在库数量")
PRODUCTS = ("商品编码", "商品名称", "单位", "箱规", "成本价")


def test_orders_and_stock_take_the_unit_that_only_the_product_file_says(tmp_path: Path) -> None:
    home = home_with(
        tmp_path,
        {
            "orders": (ORDERS, [("A1", 1, AT, "U1", "S1", 3, 6), ("A2", 1, AT, "U1", "S2", 2, 6)]),
            "stock": (STOCK, [("W1", "S1", AT, 40), ("W1", "S2", AT, 40)]),
            "products": (PRODUCTS, [("S1", "苹果", "斤", 20, 4), ("S2", "梨", "件", 20, 4)]),
        },
    )
    with home.lakehouse.session() as session:
        lines = session.rows(
            "select sku_id, quantity_units, sale_unit, unit_price_yuan from orders order by 1"
        )
        stock = session.rows("select sku_id, on_hand_units from stock order by 1")
        repaired = session.rows(
            "select export, rows from repairs where kind = 'unit_jin' order by 1"
        )
    assert lines == [("S1", 1.5, "kg", 12), ("S2", 2, None, 6)]
    assert stock == [("S1", 20), ("S2", 40)]
    assert repaired == [("orders", 1), ("products", 1), ("stock", 1)]
    # the product file is gone by the next load: what is in the lake says the same
    (home.exports_dir / "products.csv").unlink()
    assert skus_in_jin(home) == {"S1"}


def test_lines_that_came_before_their_unit_was_known_are_said(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"orders": (ORDERS, [("A1", 1, AT, "U1", "S1", 3, 6)])})
    write_export(home.exports_dir, "products", PRODUCTS, [("S1", "苹果", "市斤", 20, 4)])
    said: list[str] = []
    run = cast(DayRun, SimpleNamespace(fallback=lambda code, en, zh: said.append(f"{code}: {en}")))
    with home.lakehouse.session() as session:
        say_counted_before(run, session, skus_in_jin(home))
    (one,) = said
    assert one.startswith("units_known_later: 1 order lines were loaded before")


HEADERS = [
    ("数量(斤)", "成交单价", 3, 6, (1.5, "kg", 6)),
    ("数量(公斤)", "成交单价", 3, 6, (3, "kg", 6)),
    ("销量(千克)", "成交单价", 3, 6, (3, "kg", 6)),
    ("数量（KG）", "单价(元/斤)", 3, 6, (3, "kg", 12)),
    ("数量(g)", "单价(元/kg)", 1500, 6, (1.5, "kg", 6)),
    ("购买数量(件)", "成交单价(分)", 3, 600, (3, None, 6)),
    ("下单数量[克]", "单价（元）", 1500, 6, (1.5, "kg", 6)),
]


@pytest.mark.parametrize(("quantity", "price", "units", "yuan", "expected"), HEADERS)
def test_a_unit_in_brackets_behind_a_known_header_is_read(
    tmp_path: Path, quantity: str, price: str, units: int, yuan: int, expected: tuple
) -> None:
    header = f"订单编号,订单行号,下单时间,用户编号,商品编码,{quantity},{price}"
    _, rows = staged(tmp_path, "orders.csv", f"{header}\nA1,1,{AT},U1,S1,{units},{yuan}\n")
    (row,) = rows
    assert (row["quantity_units"], row["sale_unit"], row["unit_price_yuan"]) == expected
