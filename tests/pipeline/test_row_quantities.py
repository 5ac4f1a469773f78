"""Order files without a quantity: one piece for each row, or a question where that is not sure."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from assets.framework.day_asset import DayRun
from assets.ingest.reading_notes import note_repairs
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from tests.conftest import linli
from tests.lake import home_with
from tests.staging import read_file

AT = "2026-10-31 10:00:00"
PIECES = [("T1", AT, "可乐", 3, 3), ("T1", AT, "可乐", 3, 3), ("T1", AT, "薯片", 5, 4.5)]
SEVERAL = [("T1", AT, "可乐", 3, 3), ("T2", AT, "可乐", 3, 6), ("T3", AT, "薯片", 5, 5)]
ALL = ("订单编号", "下单时间", "商品编码", "成交单价", "实付金额")
NO_PRICE, NO_AMOUNT = ALL[:3] + ALL[4:], ALL[:4]
TIMES = [("T1", AT, "可乐", 3), ("T2", AT, "薯片 x2", 5)]


def written(folder: Path, header: tuple, rows: list[tuple]) -> Path:
    path = folder / "orders.csv"
    lines = [header, *rows]
    path.write_text("".join(",".join(map(str, line)) + "\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (ALL, PIECES),
        (NO_PRICE, [row[:3] + row[4:] for row in PIECES]),
        (NO_AMOUNT, [row[:4] for row in PIECES]),
        ((*ALL, "订单行号"), [(*row, n) for n, row in enumerate(PIECES)]),
    ],
)
def test_a_row_is_one_piece_where_nothing_shows_otherwise(
    tmp_path: Path, header: tuple, rows: list[tuple]
) -> None:
    found = read_file(written(tmp_path, header, rows), "order_id", "sku_id", "quantity_units")
    assert found.good == [("T1", "可乐", 1.0), ("T1", "可乐", 1.0), ("T1", "薯片", 1.0)]
    assert "quantity_units" in found.staged.derived
    lines = [row["line_id"] for row in read_lines(tmp_path)]
    assert len(set(lines)) == 3


def read_lines(folder: Path) -> list[dict]:
    return [{"line_id": one} for (one,) in read_file(folder / "orders.csv", "line_id").good]


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (ALL, SEVERAL, "1 rows paid for more than one at their price"),
        (NO_PRICE, [row[:3] + row[4:] for row in SEVERAL], "1 amounts are multiples"),
        (NO_AMOUNT, TIMES, "1 names end in a count such as x2"),
        ((*ALL, "团员件数"), [(*row, 1) for row in PIECES], "quantity_units (数量) is missing"),
        (ALL[:3], [row[:3] for row in PIECES], "quantity_units (数量) is missing"),
    ],
)
def test_where_rows_may_be_several_pieces_the_file_is_refused_with_the_question(
    tmp_path: Path, header: tuple, rows: list[tuple], said: str
) -> None:
    path = written(tmp_path, header, rows)
    with pytest.raises(ExportError) as refused:
        read_file(path, "quantity_units")
    assert said in str(refused.value)
    if header in (ALL, NO_PRICE, NO_AMOUNT):
        assert 'repeats = "pieces"' in str(refused.value)
        assert len(read_file(path, "quantity_units", repeats="pieces").good) == len(rows)


def test_check_and_run_card_say_what_was_counted_and_which_cells_failed(tmp_path: Path) -> None:
    rows = [*PIECES, ("T9", AT, "可乐", "#N/A", 3)]
    home = home_with(tmp_path, {"orders": (ALL, rows)})
    said = linli("check", home.exports_dir / "orders.csv").output
    assert "every row counts as one piece" in " ".join(said.split())
    notes: list[tuple] = []
    run = SimpleNamespace(lake=home.lakehouse, fallback=lambda *words: notes.append(words))
    note_repairs(cast(DayRun, run), ORDERS)
    assert [(code, english.split(": ", 1)[1]) for code, english, _ in notes] == [
        ("error_cells", "cells that show an error such as #N/A are read as empty: 成交单价 1"),
        ("rows_counted", "4 rows have no quantity and count as one piece each (orders.csv)"),
    ]
