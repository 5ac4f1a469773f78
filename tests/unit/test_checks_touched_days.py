"""The note of days a load touched: merged, read, and cleared by exactly what was read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.checks.changed_days import TouchedDays

ONE, TWO, THREE = (date(2026, 9, day) for day in (1, 2, 3))


def test_days_of_several_loads_are_merged(tmp_path: Path) -> None:
    note = TouchedDays(tmp_path, "orders")
    assert note.read() == {}
    note.note([ONE, TWO], 4)
    note.note([TWO, THREE], 5)
    assert TouchedDays(tmp_path, "orders").read() == {ONE: 4, TWO: 5, THREE: 5}
    assert TouchedDays(tmp_path, "browse").read() == {}


def test_a_day_touched_again_meanwhile_stays(tmp_path: Path) -> None:
    note = TouchedDays(tmp_path, "orders")
    note.note([ONE, TWO], 4)
    looked_at = note.read()
    note.note([TWO, THREE], 5)
    note.clear(looked_at)
    assert note.read() == {TWO: 5, THREE: 5}


def test_nothing_touched_writes_nothing(tmp_path: Path) -> None:
    note = TouchedDays(tmp_path, "orders")
    note.note([], 1)
    note.clear({})
    assert list(tmp_path.iterdir()) == []


def test_no_half_written_note_is_left(tmp_path: Path) -> None:
    note = TouchedDays(tmp_path, "orders")
    note.note([ONE], 1)
    note.clear({ONE: 1})
    assert [path.name for path in (tmp_path / "_touched").iterdir()] == ["orders.json"]
