"""Tables and notes of a lake change together or not at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from assets.resources.lakehouse.lakehouse import Lakehouse
from assets.resources.lakehouse.undo_journal import JOURNAL, all_or_nothing, undo
from data_contracts.tables.bookkeeping import FALLBACKS, REPAIRS

NOTES = ("_note.json", "_touched/orders.json")


@pytest.fixture
def lake(tmp_path: Path) -> Lakehouse:
    lake = Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=tmp_path / "scratch")
    lake.overwrite(REPAIRS, rows("before"))
    (lake.root / NOTES[0]).write_text("before", "utf-8")
    return lake


def rows(file_name: str) -> pa.Table:
    row = {"export": "orders", "file_name": file_name, "file_sha256": "a", "column_name": "b",
           "kind": "c", "rows": 1}  # fmt: skip
    return pa.Table.from_pylist([row], schema=REPAIRS.arrow_schema())


def state(lake: Lakehouse) -> tuple:
    with lake.session(REPAIRS, FALLBACKS) as session:
        found = session.rows("select file_name from repairs")
    notes = [path.read_text("utf-8") for name in NOTES if (path := lake.root / name).is_file()]
    return found, notes, lake.path(FALLBACKS).exists()


def change(lake: Lakehouse) -> None:
    lake.overwrite(REPAIRS, rows("between"))
    lake.overwrite(REPAIRS, rows("after"))
    lake.overwrite(FALLBACKS, pa.Table.from_pylist([], schema=FALLBACKS.arrow_schema()))
    for name in NOTES:
        (lake.root / name).parent.mkdir(exist_ok=True)
        (lake.root / name).write_text("after", "utf-8")


def test_a_change_that_ends_well_stays(lake: Lakehouse) -> None:
    with lake.exclusive(), lake.all_or_nothing(REPAIRS, FALLBACKS, notes=NOTES):
        change(lake)
    with lake.exclusive():
        assert state(lake) == ([("after",)], ["after", "after"], True)


def test_an_error_takes_everything_back(lake: Lakehouse) -> None:
    before = state(lake)
    changing = lake.all_or_nothing(REPAIRS, FALLBACKS, notes=NOTES)
    with lake.exclusive(), pytest.raises(KeyboardInterrupt), changing:
        change(lake)
        raise KeyboardInterrupt
    assert state(lake) == before
    assert not (lake.root / JOURNAL).exists()


def test_the_next_holder_of_the_lock_takes_back_what_a_kill_left(lake: Lakehouse) -> None:
    before = state(lake)
    block = all_or_nothing(lake.root, ["repairs", "fallbacks"], NOTES)
    block.__enter__()
    change(lake)
    assert state(lake) != before
    with lake.exclusive():
        assert state(lake) == before
    assert undo(lake.root) is False


def test_a_table_dropped_by_halves_is_dropped_to_the_end(lake: Lakehouse) -> None:
    """A kill while files are removed must not leave a folder that no table can be made in."""
    block = all_or_nothing(lake.root, ["fallbacks"])
    block.__enter__()
    change(lake)
    (lake.root / ".undone-fallbacks" / "_delta_log").mkdir(parents=True)
    with lake.exclusive():
        assert not lake.path(FALLBACKS).exists()
    assert not list(lake.root.glob(".undone-*"))
