"""Order lines that charge for something: no goods, no demand, no fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.tables.bookkeeping import QUARANTINE
from tests.lake import asking, home_with, ingest
from tests.staging import staged

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


def line(number: int, name: str) -> str:
    return f"A{number},1,2026-10-31 10:00:00,U1,S{number},{name},1,3.5"


def test_charges_are_left_out_by_name_and_goods_are_not(tmp_path: Path) -> None:
    lines = [line(number, name) for number, name in enumerate([*CHARGES, *GOODS])]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([HEADER, *lines]))
    assert [row["sku_id"] for row in rows] == [
        f"S{number}" for number in range(len(CHARGES), len(lines))
    ]
    assert made.quarantine.column("reason_code").to_pylist() == ["row.charge"] * len(CHARGES)
    assert (made.rows_read, made.rows_faulty, made.bad_share) == (len(lines), 0, 0)


@pytest.mark.parametrize("name", ["运费", "补差价"])
def test_a_charge_in_the_place_of_a_code_is_one_where_there_is_no_name(
    tmp_path: Path, name: str
) -> None:
    header = HEADER.replace(",商品名称", "")
    lines = ["A1,1,2026-10-31 10:00:00,U1,S1,1,3.5", f"A1,2,2026-10-31 10:00:00,U1,{name},1,3.5"]
    _, rows = staged(tmp_path, "orders.csv", "\n".join([header, *lines]))
    assert [row["sku_id"] for row in rows] == ["S1"]


def test_nothing_is_handed_back_of_charges(tmp_path: Path) -> None:
    rows = [
        ("A1", 1, "2026-10-31 10:00:00", "U1", "S1", "白菜", 1, 3.5),
        ("A1", 2, "2026-10-31 10:00:00", "U1", "S9", "运费", 1, 6),
    ]
    home = home_with(tmp_path, {"orders": (HEADER.split(","), rows)})
    ingest(home)
    sql = f"select row_number, reason_code from {QUARANTINE.name}"
    with asking(home, sql) as session:
        assert session.rows(sql) == [(2, "row.charge")]
    assert not list((Path(home.home) / "quarantine").glob("orders*.csv"))
