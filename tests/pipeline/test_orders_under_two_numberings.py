"""An order in two exports that number its lines otherwise (订单行号, 子订单编号) counts once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.resources.home import LinliHome
from tests.lake import home_at, ingest, write_export
from tests.pipeline.test_orders_numbered_otherwise import standing

AT = "2026-11-02 09:30:00"
PLAIN = ["订单编号", "下单时间", "用户编号", "商品编码", "数量", "单价"]
K1, K2 = ("K1", 6, 8), ("K2", 1, 5)
Lines = list[tuple[Any, ...]]


def export(home: LinliHome, name: str, header: str, lines: list[tuple[str, tuple]], order="B1"):
    rows = [[order, AT, "M1", *line, number] for number, line in lines]
    write_export(home.exports_dir, name, [*PLAIN, header], rows)


def ordinals(lines: Lines) -> list[tuple[str, tuple]]:
    return [(str(place), line) for place, line in enumerate(lines, 1)]


def long_ids(lines: Lines) -> list[tuple[str, tuple]]:
    return [(f"77012345{place:03}", line) for place, line in enumerate(lines, 1)]


def of_order(lines: Lines) -> list[tuple[str, tuple]]:
    return [(f"B1-{place}", line) for place, line in enumerate(lines, 1)]


SAME = {"one line": [K1], "two": [K1, K2], "a SKU twice": [K1, K1, K2], "two lines alike": [K2, K2]}
SCHEMES = [(ordinals, long_ids), (long_ids, ordinals), (ordinals, of_order), (of_order, long_ids)]


@pytest.mark.parametrize("is_together", [True, False], ids=["together", "one after the other"])
@pytest.mark.parametrize("lines", SAME.values(), ids=SAME)
@pytest.mark.parametrize(("first", "second"), SCHEMES)
def test_an_order_under_another_numbering_counts_once(
    tmp_path: Path, first: Any, second: Any, lines: Lines, is_together: bool
) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_1", "订单行号", first(lines))
    if not is_together:
        ingest(home)
    export(home, "orders_2", "子订单编号", second(lines[::-1]))
    ingest(home)
    assert standing(home) == sorted((sku, units) for sku, units, _ in lines)
    with home.lakehouse.session() as session:
        assert {row[0] for row in session.rows("select line_id from orders")} == {
            number for number, _ in second(lines)
        }


# lines by their numbers in two exports → nothing is taken back
APART: dict[str, tuple[list[tuple[str, tuple]], list[tuple[str, tuple]]]] = {
    "equal lines of one numbering": ([("1", K1)], [("2", K1)]),
    "equal lines of long numbers": (long_ids([K1])[:1], [("77012345009", K1)]),
    "the second line of the order": ([("2", K1)], long_ids([K1])),
    "another quantity": (ordinals([K1]), long_ids([("K1", 5, 8)])),
    "another price": (ordinals([K1]), long_ids([("K1", 6, 7)])),
    "a line more": (ordinals([K1]), long_ids([K1, K2])),
    "another product": (ordinals([K1]), long_ids([K2])),
    "numbers of two kinds": ([("1", K1), ("77012345678", K2)], long_ids([K1, K2])[1:]),
}


@pytest.mark.parametrize("is_together", [True, False], ids=["together", "one after the other"])
@pytest.mark.parametrize("case", APART)
def test_parts_of_an_order_and_orders_that_were_changed_are_not_taken_for_one(
    tmp_path: Path, case: str, is_together: bool
) -> None:
    first, second = APART[case]
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_1", "订单行号", first)
    if not is_together:
        ingest(home)
    export(home, "orders_2", "子订单编号", second)
    ingest(home)
    assert len(standing(home)) == len(first) + len(second)


def test_lines_alike_in_one_file_stay_and_orders_of_others_too(tmp_path: Path) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    rows = [("1", K1), ("2", K1), ("77012345001", K1)]  # one file numbers as it likes
    export(home, "orders_1", "订单行号", rows)
    ingest(home)
    export(home, "orders_2", "子订单编号", long_ids([K1, K1]), order="B2")
    ingest(home)
    assert standing(home) == [("K1", 6)] * 5


def test_the_first_export_read_again_after_the_other_stands_for_it(tmp_path: Path) -> None:
    home = home_at(tmp_path, tmp_path / "exports")
    export(home, "orders_1", "订单行号", ordinals([K1, K2]))
    ingest(home)
    export(home, "orders_2", "子订单编号", long_ids([K1, K2]))
    ingest(home)
    export(home, "orders_3", "订单行号", [*ordinals([K1, K2])])
    write_export(
        home.exports_dir,
        "orders_3",
        [*PLAIN, "订单行号", "备注"],
        [["B1", AT, "M1", *line, number, "x"] for number, line in ordinals([K1, K2])],
    )
    ingest(home)
    assert standing(home) == [("K1", 6), ("K2", 1)]
