"""An order exported again, with nothing to number its lines: the latest export stands whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from assets.framework.day_asset import DayRun
from assets.ingest.reading_notes import note_split_orders
from assets.resources.home import LinliHome
from tests.lake import home_at, ingest, write_export

HEADER = ("订单编号", "下单时间", "用户编号", "商品编码", "数量", "成交单价", "更新时间")
AT, LATER = "2026-10-30 10:00:00", "2026-10-30 12:00:00"

# order: lines (SKU, quantity, price) of the first export, of the second, and what stands
ORDERS = {
    "edited": ([("S1", 5, 3.5)], [("S1", 2, 3.5)], [("S1", 2)]),
    "the same": ([("S1", 1, 3.5)], [("S1", 1, 3.5)], [("S1", 1)]),
    "a line less": ([("S1", 1, 3), ("S2", 1, 3)], [("S1", 1, 3)], [("S1", 1)]),
    "a line more": ([("S1", 1, 3)], [("S1", 1, 3), ("S2", 3, 3)], [("S1", 1), ("S2", 3)]),
    "a SKU twice": (
        [("S1", 2, 3), ("S1", 1, 2.5)],
        [("S1", 1, 2.5), ("S1", 4, 3)],
        [("S1", 1), ("S1", 4)],
    ),
    "one less of a SKU": ([("S1", 2, 3), ("S1", 1, 2.5)], [("S1", 1, 2.5)], [("S1", 1)]),
    "in two parts": ([("S1", 1, 3)], [("S2", 2, 3)], [("S1", 1), ("S2", 2)]),
    "not again": ([("S1", 1, 3)], [], [("S1", 1)]),
    "new": ([], [("S1", 1, 3)], [("S1", 1)]),
}
FIRST, SECOND = "orders_1", "orders_2"


def write(exports: Path, name: str, *, has_version: bool) -> None:
    place = (FIRST, SECOND).index(name)
    rows = []
    for order, exported in ORDERS.items():
        # only what was edited has a later version
        version = LATER if place and exported[0] != exported[1] else AT
        rows += [(order, AT, "U1", *line, version) for line in exported[place]]
    width = len(HEADER) if has_version else -1
    write_export(exports, name, HEADER[:width], [row[:width] for row in rows])


def standing(home: LinliHome) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    with home.lakehouse.session() as session:
        for order, sku, units in session.rows(
            "select order_id, sku_id, quantity_units from orders order by all"
        ):
            found.setdefault(order, []).append((sku, units))
    return found


@pytest.mark.parametrize("has_version", [True, False], ids=["versions", "no versions"])
@pytest.mark.parametrize(
    "loads",
    [((FIRST,), (SECOND,)), ((SECOND,), (FIRST,)), ((FIRST, SECOND),)],
    ids=["in order", "the later first", "together"],
)
def test_the_latest_export_of_an_order_stands_whole(
    tmp_path: Path, loads: tuple[tuple[str, ...], ...], has_version: bool
) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    for names in loads:
        for name in names:
            write(tmp_path / "exports", name, has_version=has_version)
        ingest(home)
    assert standing(home) == {order: sorted(lines) for order, (*_, lines) in ORDERS.items()}
    with home.lakehouse.session() as session:
        ((read, loaded, duplicate, superseded),) = session.rows(
            "select sum(rows_read), sum(rows_loaded), sum(rows_duplicate), sum(rows_superseded) "
            "from ingest_ledger"
        )
    assert (loaded, duplicate + superseded) == (12, read - 12)
    assert superseded == 2  # the lines that are in neither order any more


AFTER = ("订单编号", "下单时间", "用户编号", "商品编码", "数量", "成交单价", "订单状态", "退款金额")
# order: lines (SKU, quantity, price, status, refund) of all orders, of after-sales; and what stands
SOLD = [("S1", 1, 3, "已完成", 0), ("S2", 2, 5, "已完成", 0), ("S3", 1, 4, "已完成", 0)]
WITH_AFTER_SALES = {
    "one line": (SOLD, [("S2", 2, 5, "已退款", 10)], ["completed", "refunded", "completed"]),
    "in part": (SOLD, [("S2", 2, 5, "已完成", 4)], ["completed"] * 3),
    "two lines": (
        SOLD,
        [("S3", 1, 4, "已退款", 4), ("S2", 2, 5, "已退款", 10)],
        ["completed", "refunded", "refunded"],
    ),
    "all lines": (
        SOLD,
        [(sku, units, price, "已退款", units * price) for sku, units, price, *_ in SOLD],
        ["refunded"] * 3,
    ),
    "edited": (SOLD, SOLD[:2], ["completed"] * 2),
}


@pytest.mark.parametrize("is_together", [True, False], ids=["together", "one after the other"])
def test_an_after_sales_export_takes_no_line_that_it_does_not_list(
    tmp_path: Path, is_together: bool
) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    for place, name in enumerate(("orders_0901", "售后订单_0902")):
        rows = [
            (order, AT, "U1", *line)
            for order, exported in WITH_AFTER_SALES.items()
            for line in exported[place]
        ]
        write_export(tmp_path / "exports", name, AFTER, rows)
        if place or not is_together:
            ingest(home)
    with home.lakehouse.session() as session:
        rows = session.rows("select order_id, order_status from orders order by order_id, sku_id")
        ((refunded,),) = session.rows(
            "select sum(refund_yuan) from orders where order_id = 'in part'"
        )
    found = {name: [status for order, status in rows if order == name] for name, _ in rows}
    assert found == {name: states for name, (*_, states) in WITH_AFTER_SALES.items()}
    assert refunded == 4


# lines (SKU, quantity, price, version) of one export, of the next; how many orders are named
EXCHANGED = {
    "another product later": ([("K1", 6, 8, AT)], [("K7", 6, 8, LATER)], 1),
    "two parts of one moment": ([("K1", 6, 8, AT)], [("K7", 6, 8, AT)], 0),
    "a product more": ([("K1", 6, 8, AT)], [("K1", 6, 8, LATER), ("K7", 1, 8, LATER)], 0),
    "the same": ([("K1", 6, 8, AT)], [("K1", 6, 8, LATER)], 0),
}


@pytest.mark.parametrize("case", EXCHANGED)
def test_an_order_exported_again_later_with_other_products_only_is_said(
    tmp_path: Path, case: str
) -> None:
    first, second, named = EXCHANGED[case]
    home = home_at(tmp_path, tmp_path / "exports")
    for name, lines in ((FIRST, first), (SECOND, second)):
        write_export(home.exports_dir, name, HEADER, [("B1", AT, "U1", *line) for line in lines])
    ingest(home)
    notes: list[tuple[str, str, str]] = []

    def said(as_of: date) -> list[str]:
        notes.clear()
        day = SimpleNamespace(
            lake=home.lakehouse, as_of=as_of, fallback=lambda *words: notes.append(words)
        )
        note_split_orders(cast(DayRun, day))
        return [code for code, *_ in notes]

    assert said(date(2026, 10, 31)) == ["orders_in_parts"] * named
    if named:
        assert "1 orders are in two exports" in notes[0][1] and "1 个订单" in notes[0][2]
    assert said(date(2026, 12, 31)) == []  # of the last days only


def test_lines_that_came_back_are_no_other_products(tmp_path: Path) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    header = [*HEADER, "订单状态"]
    rows = [("K1", 6, 8, AT, "已完成")], [("K7", 6, 8, LATER, "已退款")]
    for name, lines in zip((FIRST, SECOND), rows, strict=True):
        write_export(home.exports_dir, name, header, [("B1", AT, "U1", *line) for line in lines])
    ingest(home)
    notes: list[tuple] = []
    day = SimpleNamespace(
        lake=home.lakehouse,
        as_of=date(2026, 10, 31),
        fallback=lambda *words: notes.append(words),
    )
    note_split_orders(cast(DayRun, day))
    assert notes == []
