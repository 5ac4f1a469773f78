"""Stock in the unit that its row names: 斤 and boxes into what the product is sold in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lake import asking, home_with

PRODUCTS = (
    ["商品编码", "商品名称", "单位", "箱规"],
    [("K1", "葡萄", "公斤", ""), ("K2", "可乐", "瓶", 12), ("K3", "苹果", "斤", "")],
)
ROWS = [
    ("K1", 30, "斤", 15.0),
    ("K1", 30, "公斤", 30.0),
    ("K2", 5, "箱", 60.0),
    ("K2", 5, "瓶", 5.0),
    ("K2", 5, "", 5.0),
    ("K3", 40, "", 20.0),
    ("K3", 40, "斤", 20.0),
    ("K3", 40, "kg", 40.0),
]


@pytest.mark.parametrize("title", ["单位", "计量单位", "库存单位"])
def test_a_row_of_stock_counts_in_the_unit_it_names(tmp_path: Path, title: str) -> None:
    header = ["仓库", "商品编码", "批次号", "盘点时间", "库存", title]
    rows = [
        ("W1", sku, f"B{number}", "2026-11-02 09:00:00", units, unit)
        for number, (sku, units, unit, _) in enumerate(ROWS)
    ]
    home = home_with(tmp_path, {"stock": (header, rows), "products": PRODUCTS})
    with asking(
        home, sql := "select batch_id, on_hand_units from stock order by batch_id"
    ) as found:
        assert found.rows(sql) == [(f"B{n}", wanted) for n, (*_, wanted) in enumerate(ROWS)]


def test_a_unit_nobody_knows_is_asked(tmp_path: Path) -> None:
    header = ["仓库", "商品编码", "盘点时间", "库存", "单位"]
    home = home_with(tmp_path, {"stock": (header, [("W1", "K2", "2026-11-02 09:00:00", 5, "托")])})
    with asking(home, sql := "select reason_code from quarantine") as found:
        assert found.rows(sql) == [("sale_unit.codes",)]


def test_a_pack_of_a_product_sold_by_the_box_is_one_box(tmp_path: Path) -> None:
    products = [("K1", "可乐", "箱", 24), ("K2", "雪碧", "瓶", 24)]
    home = home_with(tmp_path, {"products": (["商品编码", "商品名称", "单位", "箱规"], products)})
    with asking(home, sql := "select sku_id, pack_size_units from products order by 1") as found:
        assert found.rows(sql) == [("K1", 1.0), ("K2", 24.0)]
