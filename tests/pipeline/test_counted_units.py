"""What a quantity counts in: by its own unit, by its header, or as only the product file says."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from deltalake import DeltaTable

from assets.framework.day_asset import DayRun
from assets.ingest.dry_run import dry_run_file
from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import load
from assets.ingest.load_export import note_units_known_later
from assets.ingest.merge import convert_loaded
from assets.ingest.stage.units.product_units import applied_to, skus_in_jin
from assets.resources.home import LinliHome
from data_contracts.exports import ORDERS as ORDERS_TABLE
from data_contracts.exports import PRODUCTS as PRODUCTS_TABLE
from data_contracts.exports import STOCK as STOCK_TABLE
from data_contracts.platform_file import FileFacts
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from tests.lake import home_at, home_with, write_export
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
            "select export, kind, rows from repairs where column_name = 'sale_unit' order by 1"
        )
    assert lines == [("S1", 1.5, "kg", 12), ("S2", 2, None, 6)]
    assert stock == [("S1", 20), ("S2", 40)]
    assert repaired == [
        ("orders", "unit_of_product", 1),
        ("products", "unit_jin", 1),
        ("stock", "unit_of_product", 1),
    ]
    # the product file is gone by the next load: what is in the lake says the same
    (home.exports_dir / "products.csv").unlink()
    assert skus_in_jin(home, identify_inbox(home)) == {"S1"}


WEIGHED = ("订单编号", "订单行号", "下单时间", "用户编号", "商品编码", "数量(公斤)", "成交单价")
WITH_UNIT = (*ORDERS, "单位")
PER_JIN = (*ORDERS[:-1], "单价(元/斤)")
DAY_2 = "2026-11-01 10:00:00"
RENAMED = 'id = "p"\n[sku_renames]\n"OLD" = "S1"\n'
BEFORE: dict[str, tuple] = {
    "orders_1": (ORDERS, [("A1", 1, AT, "U1", "S1", 3, 6), ("A2", 1, AT, "U1", "S2", 2, 6)]),
    "orders_2": (WITH_UNIT, [("B1", 1, AT, "U1", "S1", 3, 6, ""),
                             ("B2", 1, AT, "U1", "S1", 2, 6, "斤"),
                             ("B3", 1, AT, "U1", "S1", 2, 6, "公斤")]),
    "orders_3": (WEIGHED, [("C1", 1, AT, "U1", "S1", 3, 6)]),
    "orders_4": (PER_JIN, [("D1", 1, DAY_2, "U1", "OLD", 3, 6)]),
    "stock_1": (STOCK, [("W1", "S1", AT, 40), ("W1", "S2", AT, 40), ("W1", "OLD", DAY_2, 10)]),
    "stock_2": ((*STOCK[:-1], "在库数量(公斤)"), [("W2", "S1", AT, 40)]),
}  # fmt: skip
IN_JIN = {"products": (PRODUCTS, [("OLD", "苹果", "市斤", 20, 4), ("S2", "梨", "件", 20, 4)])}


def standing(home: LinliHome) -> dict[str, object]:
    """What is loaded of orders and stock, and how it is accounted for."""
    found = {}
    with home.lakehouse.session() as session:
        for table in ("orders", "stock"):
            rows = session.rows(f"select * from {table} order by file_sha256, row_number")
            found[table] = [
                [x and " ".join(sorted(str(x).split(" "))) for x in row] for row in rows
            ]
        for book in ("repairs", "ingest_ledger"):
            found[book] = session.rows(
                f"select * from {book} where export <> 'products' order by all"
            )
    return found


def home_of(folder: Path, *batches: dict[str, tuple]) -> LinliHome:
    """A home that loaded the batches of exports one after the other."""
    (folder / "exports").mkdir(parents=True)
    (folder / "exports/platform.toml").write_text(RENAMED, "utf-8")
    for files in batches:
        for name, (header, rows) in files.items():
            write_export(folder / "exports", name, header, rows)
        home = home_at(folder, folder / "exports")
        for table in (ORDERS_TABLE, STOCK_TABLE, PRODUCTS_TABLE):  # as a run does, products last
            if table is not PRODUCTS_TABLE or (folder / "exports/products.csv").is_file():
                load(home, table, lambda _: None)
    return home


def test_rows_that_came_before_their_product_file_end_up_as_if_it_had_been_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = standing(home_of(tmp_path / "first", BEFORE | IN_JIN))
    assert {(row[0], row[10]) for row in first["orders"]} >= {("A1", "1.5"), ("C1", "3.0")}
    late = home_of(tmp_path / "late", BEFORE)
    plain = standing(late)
    for name in ("orders_1", "orders_4", "stock_1"):
        (late.exports_dir / f"{name}.csv").unlink()  # no export is needed for it
    write_export(late.exports_dir, "products", *IN_JIN["products"])

    with monkeypatch.context() as patched:  # cut off after its commits: nothing is changed
        patched.setattr(convert_loaded, "note_applied", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            load(late, ORDERS_TABLE, lambda _: None)
    assert standing(late) == plain
    for table in (ORDERS_TABLE, STOCK_TABLE, PRODUCTS_TABLE):
        load(late, table, lambda _: None)
    assert standing(late) == first

    # a normal day looks at nothing, and a product file without units says nothing else
    write_export(late.exports_dir, "products_2", PRODUCTS[:2], [("OLD", "苹果"), ("S1", "苹果")])
    load(late, PRODUCTS_TABLE, lambda _: None)
    with monkeypatch.context() as patched:
        patched.setattr(convert_loaded, "_rewrite_days", lambda *_: 1 / 0)
        for table in (ORDERS_TABLE, STOCK_TABLE):
            load(late, table, lambda _: None)
    # one that says another unit puts back what the other one changed
    write_export(late.exports_dir, "products_3", PRODUCTS, [("OLD", "苹果", "件", 20, 4)])
    for table in (PRODUCTS_TABLE, ORDERS_TABLE, STOCK_TABLE):
        load(late, table, lambda _: None)
    again = standing(late)
    assert [again[name] for name in ("orders", "stock", "repairs")] == [
        plain[name] for name in ("orders", "stock", "repairs")
    ]


def test_rows_of_an_earlier_version_are_named_with_their_skus(tmp_path: Path) -> None:
    home = home_with(
        tmp_path,
        {
            "orders": (ORDERS, [("A1", 1, AT, "U1", "S1", 3, 6)]),
            "stock": (STOCK, [("W1", "S1", AT, 40)]),
        },
    )
    ledger = home.lakehouse.path(INGEST_LEDGER)
    DeltaTable(str(ledger)).update(updates={"product_unit_columns": "NULL"})
    write_export(home.exports_dir, "products", PRODUCTS, [("S1", "苹果", "市斤", 20, 4)])
    said: list[str] = []
    for table in (ORDERS_TABLE, STOCK_TABLE):
        load(home, table, lambda _: None)
        run = SimpleNamespace(lake=home.lakehouse, fallback=lambda *words: said.append(words[1]))
        note_units_known_later(cast(DayRun, run), table, applied_to(home.lakehouse, table))
    assert [one.split(" before")[0] for one in said] == [
        "orders: 1 rows were loaded",
        "stock: 1 rows were loaded",
    ]
    assert all("(SKU S1)" in one for one in said)


HEADERS = [
    ("数量(斤)", "成交单价", 3, 6, (1.5, "kg", 12)),
    ("数量(斤)", "单价(元/公斤)", 3, 6, (1.5, "kg", 6)),
    ("数量(市斤)", "成交单价(分)", 3, 600, (1.5, "kg", 12)),
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


PROVED = [
    ("数量(斤)", "单价", "实付金额", [(2, 6, 12), (3, 4, 12)], [12, 8]),
    ("数量(斤)", "单价", "实付金额", [(2, 6, 6), (3, 4, 6)], [6, 4]),
    ("数量(公斤)", "单价", "实付金额", [(2, 6, 24), (3, 4, 24)], [12, 8]),
    ("数量(公斤)", "单价", "实付金额", [(2, 6, 11), (3, 4, 10)], [6, 4]),
    ("数量(克)", "单价", "实付金额", [(500, 6, "6元"), (1500, 4, 12)], [12, 8]),
    ("数量(克)", "单价", "实付金额", [(500, 6, 3), (1500, 4, 6)], [6, 4]),
    ("数量(斤)", "单价(分)", "实付金额(分)", [(2, 600, 600), (3, 400, 600)], [6, 4]),
    ("数量(斤)", "单价", "订单实付金额", [(2, 6, 6), (3, 4, 6)], [6, 4]),
    ("数量(斤)", "单价", "备注", [(2, 6, ""), (3, 4, "")], [12, 8]),
]


@pytest.mark.parametrize(("quantity", "price", "amount", "lines", "prices"), PROVED)
def test_a_price_is_per_what_the_file_s_amounts_show(
    tmp_path: Path, quantity: str, price: str, amount: str, lines: list, prices: list
) -> None:
    """Where none shows it, per what the quantity counts in."""
    text = [f"订单号,下单时间,商品编码,用户ID,{quantity},{price},{amount}"]
    text += [f"A{i},{AT},S{i},U1,{q},{p},{paid}" for i, (q, p, paid) in enumerate(lines)]
    made, rows = staged(tmp_path, "orders.csv", "\n".join(text))
    assert [row["unit_price_yuan"] for row in rows] == prices
    assert [price in note for note in made.notes if "按每" in note.zh] == [True]


def test_a_weight_in_the_header_is_converted_once_whatever_the_unit_of_the_row(
    tmp_path: Path,
) -> None:
    text = f"订单号,下单时间,商品编码,用户ID,数量(斤),单价,单位\nA1,{AT},S1,U1,2,6,斤\n"
    _, rows = staged(tmp_path, "orders.csv", text)
    found = [(row["quantity_units"], row["sale_unit"], row["unit_price_yuan"]) for row in rows]
    assert found == [(1, "kg", 12)]


BOXED_PRODUCTS = [
    ("S1", "水", "个", 12, 1), ("S2", "奶", "箱", 6, 9),
    ("S3", "苹果", "斤", 20, 4), ("S4", "蛋", "盒", "", 1),
]  # fmt: skip


def test_boxes_count_as_what_the_product_file_says_they_hold(tmp_path: Path) -> None:
    """S2 is sold by the box, S3 by 斤; of S4 and S9 nobody says what a box holds."""
    skus = ("S1", "S2", "S3", "S4", "S9")
    header = (*ORDERS[:-2], "数量(箱)", "单价(元/箱)")
    home = home_with(
        tmp_path,
        {
            "products": (PRODUCTS, BOXED_PRODUCTS),
            "orders_1": (header, [(f"A{sku}", 1, AT, "U1", sku, 2, 120) for sku in skus]),
            "orders_2": (
                WITH_UNIT,
                [(f"B{sku}", 1, AT, "U1", sku, 2, 120, "箱") for sku in skus]
                + [("C", 1, AT, "U1", "S1", 5, 10, "瓶")],
            ),
            "stock": (
                (*STOCK[:-1], "库存数量(箱)", "在途数量(箱)"),
                [("W1", sku, AT, 5, 2) for sku in skus],
            ),
        },
    )
    with home.lakehouse.session() as session:
        lines = session.rows(
            "select quantity_units, coalesce(sale_unit, 'piece'), unit_price_yuan from orders "
            "order by order_id"
        )
        stock = session.rows("select on_hand_units, in_transit_units from stock order by sku_id")
        repairs = session.rows(
            "select export, kind, rows from repairs where column_name = 'sale_unit' "
            "and kind <> 'unit_jin' order by file_name, kind"
        )
        packs = session.rows("select sale_unit, pack_size_units from products order by sku_id")
    boxed = [(24, "piece", 10), (2, "piece", 120), (20, "kg", 12), *[(2, "piece", 120)] * 2]
    assert lines == [*boxed, *boxed, (5, "piece", 10)]
    assert stock == [(60, 24), (5, 2), (50, 20), (5, 2), (5, 2)]
    said = [("box_unknown", 2), ("unit_box", 3)]
    assert repairs == [
        *[("orders", *one) for one in said * 2],
        ("products", "sold_by_box", 1),
        *[("stock", *one) for one in said],
    ]
    assert packs == [("piece", 12), ("piece", 1), ("kg", 10), ("piece", None)]


BOXED = [
    ("数量(箱)", "单价", "", (24, 10)),
    ("数量", "单价(元/箱)", "", (24, 10)),
    ("数量(箱)", "单价(元/瓶)", "", (24, 120)),
    ("数量(瓶)", "单价(元/箱)", "", (2, 10)),
    ("数量", "单价(元/箱)", "瓶", (2, 10)),
    ("数量", "单价(分)", "箱", (24, Decimal("0.1"))),
    ("数量(公斤)", "单价", "", (2, 120)),
]


@pytest.mark.parametrize(("quantity", "price", "unit", "expected"), BOXED)
def test_a_price_is_per_box_where_its_header_or_the_quantity_says_so(
    tmp_path: Path, quantity: str, price: str, unit: str, expected: tuple
) -> None:
    (tmp_path / "products.csv").write_text("商品编码,单位,箱规\nS1,瓶,12\n", "utf-8")
    header = f"订单号,下单时间,商品编码,用户ID,{quantity},{price}{',单位' if unit else ''}"
    file = tmp_path / "orders.csv"
    file.write_text(f"{header}\nA1,{AT},S1,U1,2,120{',' * bool(unit)}{unit}\n", "utf-8")
    found = dry_run_file(home_at(tmp_path, tmp_path), file, FileFacts(file.name))
    (row,) = found.first_rows
    assert (row["quantity_units"], row["unit_price_yuan"]) == expected
