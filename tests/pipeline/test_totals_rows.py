"""Rows that add others up though they lack nothing, and what is a row though it sounds like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.staging import Read, read_file

AT = "2026-09-01 10:00:00"
ORDERS = "订单编号,下单时间,商品编码,商品名称,数量,单价,用户编号,小区编号"
LINE = {
    "id": "A1",
    "at": AT,
    "sku": "S1",
    "name": "苹果",
    "n": 2,
    "price": 4,
    "user": "U1",
    "c": "C1",
}
STOCK = "仓库,商品编码,库存数量,盘点时间"
PRODUCTS = "商品编码,商品名称,一级分类,成本价"


def read(folder: Path, name: str, header: str, *rows: str, column: str) -> Read:
    path = folder / name
    path.write_text("".join(f"{row}\n" for row in [header, *rows]), "utf-8")
    return read_file(path, column)


def order(**changed: object) -> str:
    return ",".join(map(str, (LINE | changed).values()))


TOTALS = [
    {"id": "汇总"},
    {"id": "累计"},
    {"id": "总数：2"},
    {"id": "合计:3 件"},
    {"id": "U1 汇总"},
    {"id": "U1小计"},
    {"id": "Grand Total"},
    {"id": "A1 total"},
    {"sku": "小计", "name": "小计"},
    {"sku": "【合计】"},
    {"sku": "S1 汇总"},
    {"sku": "TOTAL"},
    {"name": "本页小计"},
    {"user": "合計"},
    {"c": "C1-合计"},
]
PRODUCTS_SOLD = [
    {"name": "Total"},
    {"name": "高露洁 Total"},
    {"name": "小学数学知识 汇总"},
    {"sku": "公式 汇总"},  # nothing else is called 公式
    {"sku": "高露洁"},
    {"sku": "高露洁 Total"},
    {"sku": "Total 牙膏"},
    {"sku": "小计算器"},
    {"name": "总数学"},
    {"sku": "合计数码充电宝"},
    {"name": "累计满减券"},
]


def test_a_row_named_by_a_total_is_one_though_all_is_filled_down(tmp_path: Path) -> None:
    rows = [order(), *(order(**{"id": f"A{n}"} | row) for n, row in enumerate(TOTALS, start=2))]
    found = read(tmp_path, "orders.csv", ORDERS, *rows, column="order_id")
    assert found.good == [("A1",)]
    assert found.aside == [(n, "row.totals") for n in range(2, len(rows) + 1)]


def test_a_product_that_sounds_like_a_total_is_sold(tmp_path: Path) -> None:
    rows = [order(**{"id": f"A{n}"} | row) for n, row in enumerate(PRODUCTS_SOLD)]
    found = read(tmp_path, "orders.csv", ORDERS, *rows, column="order_id")
    assert found.good == [(f"A{n}",) for n in range(len(rows))] and not found.aside


def test_totals_of_stock_are_none(tmp_path: Path) -> None:
    rows = ["W01,S1,5", "W01,合计,5", "合计,S1,9", "W01,小计,5", "W01 汇总,S1,5", "W01,S2,4"]
    found = read(
        tmp_path, "stock.csv", STOCK, *(f"{row},2026-09-01" for row in rows), column="sku_id"
    )
    assert found.good == [("S1",), ("S2",)]
    assert found.aside == [(n, "row.totals") for n in (2, 3, 4, 5)]


def test_a_row_of_everything_is_a_total_of_orders_and_none_of_a_promotion(tmp_path: Path) -> None:
    rows = [order(), order(id="全部", sku="全部"), order(id="A3")]
    found = read(tmp_path, "orders.csv", ORDERS, *rows, column="order_id")
    assert (found.good, found.aside) == ([("A1",), ("A3",)], [(2, "row.totals")])
    header = "活动行编号,开始日期,结束日期,商品编码,活动标题"
    rows = ["P1,2026-09-01,2026-09-02,全部,满减"]
    found = read(tmp_path, "promotions.csv", header, *rows, column="sku_id")
    assert (found.good, found.aside) == ([("全部",)], [])


def test_totals_of_a_product_file_have_no_other_name(tmp_path: Path) -> None:
    rows = [
        "S1,苹果,水果,3",
        "小计,,水果,3",
        "水果小计,,,3",
        "合计,合计,水果,3",
        "小计,小计牌饼干,零食,3",
    ]
    found = read(tmp_path, "products.csv", PRODUCTS, *rows, column="sku_id")
    assert found.good == [("S1",), ("小计",)]
    assert found.aside == [(n, "row.totals") for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("name", "header", "rows"),
    [
        ("users.csv", "用户编号,姓名,注册时间", [f"U1,某,{AT}", f"合计,某,{AT}"]),
        ("communities.csv", "小区编号,小区名称,城市", ["C1,一,杭州", "小计,一,杭州"]),
        ("promotions.csv", "活动行编号,开始日期,结束日期,商品编码,活动标题",
         ["P1,2026-09-01,2026-09-02,S1,满减", "合计,2026-09-01,2026-09-02,S1,满减"]),
        ("weather.csv", "区域编号,日期,降水量", ["R1,2026-09-01,3", "总计,2026-09-01,3"]),
        ("logistics.csv", "运单编号,订单编号,发出时间", [f"L1,A1,{AT}", f"L2,合计：3,{AT}"]),
    ],
    ids=["users", "communities", "promotions", "weather", "logistics"],
)  # fmt: skip
def test_totals_of_other_exports_are_set_aside_too(
    tmp_path: Path, name: str, header: str, rows: list[str]
) -> None:
    found = read(tmp_path, name, header, *rows, column="row_number")
    assert (len(found.good), found.aside) == (1, [(2, "row.totals")])


def test_a_message_that_says_total_is_a_message(tmp_path: Path) -> None:
    header = "消息编号,发送时间,渠道,内容"
    rows = [f"M{n},{AT},group_chat,{text}" for n, text in enumerate(["合计", "总数：2", "A 汇总"])]
    found = read(tmp_path, "chat.csv", header, *rows, column="message_id")
    assert len(found.good) == 3 and not found.aside


@pytest.mark.parametrize("entry", ["小计,小计牌饼干,零食,3", "S9,小计,零食,3", "小计,,,3"])
def test_a_product_file_says_what_is_called_so(tmp_path: Path, entry: str) -> None:
    (tmp_path / "products.csv").write_text(f"{PRODUCTS}\nS1,苹果,水果,3\n{entry}\n", "utf-8")
    lines = [order(), order(id="A2", sku="小计"), order(id="小计", sku="小计")]
    found = read(tmp_path, "orders.csv", ORDERS, *lines, column="sku_id")
    is_product = entry != "小计,,,3"  # a total itself
    assert found.good == ([("S1",), ("小计",)] if is_product else [("S1",)])
    assert found.aside == [(n, "row.totals") for n in ((3,) if is_product else (2, 3))]
