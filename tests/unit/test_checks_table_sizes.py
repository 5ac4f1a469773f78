"""Row counts of a table: which earlier count a check compares with."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.checks.table_sizes import TableSizes

DAY = date(2026, 10, 31)
KEPT = 3


def recorded(root: Path, rows: list[int]) -> TableSizes:
    """Row counts, one per day, the last of them on the day before DAY."""
    sizes = TableSizes(root, "products")
    for n, count in enumerate(rows):
        sizes.record(DAY - timedelta(days=len(rows) - n), count)
    return sizes


@pytest.mark.parametrize(
    ("earlier", "rows", "compared_with"),
    [
        ([], 30, None),
        ([100], 30, 100),
        ([90, 100], 30, 100),
        ([100, 30], 30, 100),  # the smaller file still stands: it is compared with the one before
        ([100, 30, 30, 30], 30, 30),  # and after so many days taken as meant
        ([100, 30], 31, 30),  # another load
        ([100, 100], 100, 100),
        ([100, 0, 0, 0], 30, 100),  # no rows are no size
    ],
)
def test_a_size_is_compared_with_that_before_the_last_change(
    tmp_path: Path, earlier: list[int], rows: int, compared_with: int | None
) -> None:
    found = recorded(tmp_path, earlier).before(DAY, rows, KEPT)
    assert (found and found[1]) == compared_with


def test_only_earlier_days_count_and_a_day_again_replaces_its_own(tmp_path: Path) -> None:
    sizes = recorded(tmp_path, [100])
    sizes.record(DAY, 30)
    sizes.record(DAY + timedelta(days=1), 20)
    sizes.record(DAY, 40)
    assert sizes.before(DAY, 40, KEPT) == (DAY - timedelta(days=1), 100)
    assert sizes.before(DAY - timedelta(days=1), 100, KEPT) is None
    assert TableSizes(tmp_path, "products").read()[DAY] == 40
    assert TableSizes(tmp_path, "users").read() == {}


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    recorded(tmp_path, [100, 90])
    assert [path.name for path in (tmp_path / "_sizes").iterdir()] == ["products.json"]
