"""An order in two exports that number its lines otherwise (订单行号, 子订单编号) counts once."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest

from assets.resources.home import LinliHome
from tests.lake import home_at, ingest, write_export
from tests.pipeline.test_orders_numbered_otherwise import of_orders, standing

AT = "2026-11-02 09:30:00"
PLAIN = ["订单编号", "下单时间", "用户编号", "商品编码", "数量", "单价"]
K1, K2 = ("K1", 6, 8), ("K2", 1, 5)
Lines = list[tuple[Any, ...]]


Numbered = list[tuple[str, tuple[Any, ...]]]


def export(home: LinliHome, name: str, header: str, orders: dict[str, Numbered]) -> None:
    rows = [
        [order, AT, "M1", *line, number]
        for order, lines in orders.items()
        for number, line in lines
    ]
    write_export(home.exports_dir, name, [*PLAIN, header], rows)


def ordinals(order: str, lines: Lines) -> Numbered:
    return [(str(place), line) for place, line in enumerate(lines, 1)]


def long_ids(order: str, lines: Lines) -> Numbered:
    """Numbers of the whole platform: no other order has them."""
    of_order = zlib.crc32(order.encode()) % 100_000
    return [(f"770{of_order:05}{place:03}", line) for place, line in enumerate(lines, 1)]


def of_order(order: str, lines: Lines) -> Numbered:
    return [(f"{order}-{place}", line) for place, line in enumerate(lines, 1)]


SAME = {"one line": [K1], "two": [K1, K2], "a SKU twice": [K1, K1, K2], "two lines alike": [K2, K2]}
SCHEMES = [(ordinals, long_ids), (long_ids, ordinals), (ordinals, of_order), (of_order, long_ids)]


@pytest.mark.parametrize("is_together", [True, False], ids=["together", "one after the other"])
@pytest.mark.parametrize(("first", "second"), SCHEMES)
def test_an_order_under_another_numbering_counts_once(
    tmp_path: Path, first: Any, second: Any, is_together: bool
) -> None:
    """Each case is an order of the two files."""
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_1", "订单行号", {name: first(name, lines) for name, lines in SAME.items()})
    if not is_together:
        ingest(home)
    again = {name: second(name, lines[::-1]) for name, lines in SAME.items()}
    export(home, "orders_2", "子订单编号", again)
    ingest(home)
    assert of_orders(home) == {
        name: sorted((sku, units) for sku, units, _ in lines) for name, lines in SAME.items()
    }
    with home.lakehouse.session() as session:
        assert set(session.rows("select order_id, line_id from orders")) == {
            (name, number) for name, lines in again.items() for number, _ in lines
        }


# lines by their numbers in two exports → nothing is taken back
APART: dict[str, tuple[Numbered, Numbered]] = {
    "equal lines of one numbering": ([("1", K1)], [("2", K1)]),
    "equal lines of long numbers": ([("77012345001", K1)], [("77012345009", K1)]),
    "the second line of the order": ([("2", K1)], [("77012346001", K1)]),
    "another quantity": ([("1", K1)], [("77012347001", ("K1", 5, 8))]),
    "another price": ([("1", K1)], [("77012348001", ("K1", 6, 7))]),
    "a line more": ([("1", K1)], [("77012349001", K1), ("77012349002", K2)]),
    "another product": ([("1", K1)], [("77012350001", K2)]),
    "numbers of two kinds": ([("1", K1), ("77012345678", K2)], [("77012351002", K2)]),
}


@pytest.mark.parametrize("is_together", [True, False], ids=["together", "one after the other"])
def test_parts_of_an_order_and_orders_that_were_changed_are_not_taken_for_one(
    tmp_path: Path, is_together: bool
) -> None:
    """Each case is an order of the two files."""
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_1", "订单行号", {name: first for name, (first, _) in APART.items()})
    if not is_together:
        ingest(home)
    export(home, "orders_2", "子订单编号", {name: second for name, (_, second) in APART.items()})
    ingest(home)
    assert {name: len(lines) for name, lines in of_orders(home).items()} == {
        name: len(first) + len(second) for name, (first, second) in APART.items()
    }


def test_lines_alike_in_one_file_stay_and_orders_of_others_too(tmp_path: Path) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    rows = [("1", K1), ("2", K1), ("77012345001", K1)]  # one file numbers as it likes
    export(home, "orders_1", "订单行号", {"B1": rows})
    ingest(home)
    export(home, "orders_2", "子订单编号", {"B2": long_ids("B2", [K1, K1])})
    ingest(home)
    assert standing(home) == [("K1", 6)] * 5


def test_the_first_export_read_again_after_the_other_stands_for_it(tmp_path: Path) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_1", "订单行号", {"B1": ordinals("B1", [K1, K2])})
    ingest(home)
    export(home, "orders_2", "子订单编号", {"B1": long_ids("B1", [K1, K2])})
    ingest(home)
    export(home, "orders_3", "订单行号", {"B1": ordinals("B1", [K1, K2])})
    write_export(
        home.exports_dir,
        "orders_3",
        [*PLAIN, "订单行号", "备注"],
        [["B1", AT, "M1", *line, number, "x"] for number, line in ordinals("B1", [K1, K2])],
    )
    ingest(home)
    assert standing(home) == [("K1", 6), ("K2", 1)]
