"""Changed days of a table: merged, read, and cleared exactly as they were read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.checks.changed_days import ChangedDays

ONE, TWO, THREE = (date(2026, 9, day) for day in (1, 2, 3))


def test_days_of_several_loads_are_merged(tmp_path: Path) -> None:
    days = ChangedDays(tmp_path, "orders")
    assert days.read() == {}
    days.add([ONE, TWO], 4)
    days.add([TWO, THREE], 5)
    assert ChangedDays(tmp_path, "orders").read() == {ONE: 4, TWO: 5, THREE: 5}
    assert ChangedDays(tmp_path, "browse").read() == {}


def test_a_day_touched_again_meanwhile_stays(tmp_path: Path) -> None:
    days = ChangedDays(tmp_path, "orders")
    days.add([ONE, TWO], 4)
    checked = days.read()
    days.add([TWO, THREE], 5)
    days.clear(checked)
    assert days.read() == {TWO: 5, THREE: 5}


def test_nothing_touched_writes_nothing(tmp_path: Path) -> None:
    days = ChangedDays(tmp_path, "orders")
    days.add([], 1)
    days.clear({})
    assert list(tmp_path.iterdir()) == []


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    days = ChangedDays(tmp_path, "orders")
    days.add([ONE], 1)
    days.clear({ONE: 1})
    assert [path.name for path in (tmp_path / "_touched").iterdir()] == ["orders.json"]
