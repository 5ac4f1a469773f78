"""Order lines that charge for something: paid for, and no goods."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.core.order_lines import order_lines
from assets.resources.home import LinliHome
from tests.lake import asking, home_with

HEADER = "订单编号,订单行号,下单时间,用户编号,商品编码,商品名称,数量,成交单价"
CHARGES = [
    "运费",
    "邮费",
    "【运费】",
    "补差价",
    "补运费差价",
    "运费补差价专用链接",
    "补差价1元",
    "运费（偏远地区）",
    "补拍邮费，勿单拍",
    "配送费",
    "打包费 2元",
    "Shipping fee",
    "delivery charge",
]
GOODS = [
    "白菜",
    "费列罗巧克力",
    "差不多豆瓣酱",
    "补水面膜",
    "包邮鸡蛋",
    "运费险大礼包苹果",
    "Freight train toy",
]


def line(number: int, name: str) -> tuple[object, ...]:
    return f"A{number}", 1, "2026-10-31 10:00:00", "U1", f"S{number}", name, 1, 3.5


def goods_of(home: LinliHome) -> dict[str, bool]:
    """Whether each SKU of the order lines is goods, as every step sees it."""
    sql = Path("assets/core/order_lines_as_of.sql").read_text("utf-8")
    with asking(home, f"{sql} orders") as session:
        order_lines(session)
        rows = session.rows(
            f"select sku_id, is_goods, net_yuan from ({sql})",
            as_of="2026-10-31",
            as_of_end="2026-11-01 00:00:00",
        )
    assert {net for *_, net in rows} == {3.5}  # what was paid is paid
    return {sku: is_goods for sku, is_goods, _ in rows}


def test_charges_are_no_goods_by_their_name(tmp_path: Path) -> None:
    lines = [line(number, name) for number, name in enumerate([*CHARGES, *GOODS])]
    home = home_with(tmp_path, {"orders": (HEADER.split(","), lines)})
    found = goods_of(home)
    assert found == {f"S{n}": n >= len(CHARGES) for n in range(len(lines))}


def test_the_product_file_knows_better_than_the_name(tmp_path: Path) -> None:
    products = [("S0", "运费", "是"), ("S1", "白菜", "否"), ("S2", "邮费", "")]
    files = {
        "orders": (HEADER.split(","), [line(0, "运费"), line(1, "白菜"), line(2, "邮费")]),
        "products": (["商品编码", "商品名称", "是否商品"], products),
    }
    assert goods_of(home_with(tmp_path, files)) == {"S0": True, "S1": False, "S2": False}


@pytest.mark.parametrize("name", ["运费", "补差价"])
def test_a_charge_in_the_place_of_a_code_is_one_where_there_is_no_name(
    tmp_path: Path, name: str
) -> None:
    header = [one for one in HEADER.split(",") if one != "商品名称"]
    lines = [
        ("A1", 1, "2026-10-31 10:00:00", "U1", "S1", 1, 3.5),
        ("A1", 2, "2026-10-31 10:00:00", "U1", name, 1, 3.5),
    ]
    assert goods_of(home_with(tmp_path, {"orders": (header, lines)})) == {"S1": True, name: False}
