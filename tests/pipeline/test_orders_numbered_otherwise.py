"""An order exported with numbers of its lines and without them: it counts once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.resources.home import LinliHome
from tests.lake import home_at, ingest, write_export

AT, LATER = "2026-11-02 09:30:00", "2026-11-02 15:00:00"
PLAIN = ("订单编号", "下单时间", "用户编号", "商品编码", "数量", "单价")
Lines = list[tuple[Any, ...]]


def export(
    home: LinliHome, name: str, orders: dict[str, Lines], number: str = "", version: str = ""
) -> None:
    """An export of orders: SKU, quantity, price and, under `number`, the line of each."""
    header = [*PLAIN, *([number] if number else []), *(["更新时间"] if version else [])]
    rows = [
        [order, AT, "M1", *line, *([f"L{place}"] if number else []), *([version] * bool(version))]
        for order, lines in orders.items()
        for place, line in enumerate(lines, 1)
    ]
    write_export(home.exports_dir, name, header, rows)


def standing(home: LinliHome) -> list[tuple[str, float]]:
    with home.lakehouse.session() as session:
        found = session.rows("select sku_id, quantity_units from orders order by all")
        ((read, parts),) = session.rows(
            "select sum(rows_read), sum(rows_loaded + rows_duplicate + rows_superseded) "
            "from ingest_ledger"
        )
    assert read == parts
    return found


def of_orders(home: LinliHome) -> dict[str, list[tuple[str, float]]]:
    """SKU and quantity of the lines of each order."""
    standing(home)
    with home.lakehouse.session() as session:
        rows = session.rows("select order_id, sku_id, quantity_units from orders order by all")
    found: dict[str, list[tuple[str, float]]] = {}
    for order, sku, units in rows:
        found.setdefault(order, []).append((sku, units))
    return found


K1, K2 = ("K1", 6, 8), ("K2", 1, 5)
# lines numbered, lines not numbered → what stands where the latter come later, and earlier
CASES: dict[str, tuple[Lines, Lines, Lines, Lines]] = {
    "the same": ([K1], [K1], [K1], [K1]),
    "two lines": ([K1, K2], [K1, K2], [K1, K2], [K1, K2]),
    "edited": ([K1, K2], [("K1", 2, 8), K2], [("K1", 2, 8), K2], [K1, K2]),
    "a line less": ([K1, K2], [K1], [K1], [K1, K2]),
    "a SKU twice": ([K1, K1, K2], [K1, ("K1", 3, 7), K2], [K1, ("K1", 3, 7), K2], [K1, K1, K2]),
    "two parts": ([K1], [K2], [K1, K2], [K1, K2]),
}
LOADS = [("1 2", "together"), ("1|2", "one after the other"), ("2|1", "the later first")]


@pytest.mark.parametrize("number", ["订单行号", "子订单编号"])
@pytest.mark.parametrize("loads", [one for one, _ in LOADS], ids=[said for _, said in LOADS])
@pytest.mark.parametrize("is_bare_later", [True, False], ids=["bare later", "bare earlier"])
def test_an_order_counts_once_whether_its_lines_are_numbered(
    tmp_path: Path, is_bare_later: bool, loads: str, number: str
) -> None:
    """Each case is an order of the two files."""
    home = home_at(tmp_path, tmp_path / "exports")
    names = ("orders_1", "orders_2") if is_bare_later else ("orders_2", "orders_1")
    for together in loads.split("|"):
        if "1" in together:
            export(home, names[0], {name: case[0] for name, case in CASES.items()}, number)
        if "2" in together:
            export(home, names[1], {name: case[1] for name, case in CASES.items()})
        ingest(home)
    expected = {name: case[2 if is_bare_later else 3] for name, case in CASES.items()}
    assert of_orders(home) == {
        name: sorted((sku, units) for sku, units, _ in lines) for name, lines in expected.items()
    }


@pytest.mark.parametrize("is_together", [True, False])
def test_a_later_version_stands_whatever_the_names_of_the_files(
    tmp_path: Path, is_together: bool
) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_2", {"B1": [K1]}, "子订单编号", AT)
    if not is_together:
        ingest(home)
    export(home, "orders_1", {"B1": [("K1", 4, 8)]}, version=LATER)
    ingest(home)
    assert standing(home) == [("K1", 4)]


def test_exports_with_numbers_are_settled_line_by_line_beside_others(tmp_path: Path) -> None:
    """An order in two numbered exports, one line each; another order is exported both ways."""
    home = home_at(tmp_path, tmp_path / "exports")
    header = [*PLAIN, "订单行号"]
    write_export(home.exports_dir, "orders_1", header, [["B1", AT, "M1", *K1, "1"]])
    write_export(
        home.exports_dir,
        "orders_2",
        header,
        [["B1", AT, "M1", *K1, "2"], ["B2", AT, "M1", *K2, "1"]],
    )
    export(home, "orders_3", {"B2": [K2]})
    ingest(home)
    assert standing(home) == [("K1", 6), ("K1", 6), ("K2", 1)]


@pytest.mark.parametrize("is_numbered_first", [True, False])
def test_an_after_sales_export_with_other_numbers_replaces_the_lines_it_lists(
    tmp_path: Path, is_numbered_first: bool
) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    after = [*PLAIN, "订单状态", "退款金额"]
    number = ["1", "2"] if is_numbered_first else ["", ""]
    head = [*PLAIN, *(["订单行号"] if is_numbered_first else [])]
    rows = [
        ["B1", AT, "M1", *line, *([n] if n else [])]
        for line, n in zip((K1, K2), number, strict=True)
    ]
    write_export(home.exports_dir, "orders_1", head, rows)
    ingest(home)
    back = ["B1", AT, "M1", *K2, "已退款", "5"]
    if not is_numbered_first:
        after, back = [*after, "订单行号"], [*back, "2"]
    write_export(home.exports_dir, "售后订单_2", after, [back])
    ingest(home)
    assert standing(home) == [("K1", 6), ("K2", 1)]
    with home.lakehouse.session() as session:
        assert session.scalar("select sum(refund_yuan) from orders") == 5
