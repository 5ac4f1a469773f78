"""Which model serves which day: the log beside the models."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.serving import Served, ServingError, roll_back, serve, served, serving

DAY = date(2026, 9, 7)


def entry(since: int, name: str, reason: str = "x") -> Served:
    return Served(date(2026, 9, since), date(2026, 9, since), name, reason)


def test_a_day_is_served_by_who_began_last_on_or_before_it(tmp_path: Path) -> None:
    """Written out of order, as a backfill does."""
    for since, name in ((7, "a"), (21, "c"), (14, "b")):
        serve(tmp_path, "demand", entry(since, name))
    found = {
        day: getattr(serving(tmp_path, "demand", date(2026, 9, day)), "version", None)
        for day in (6, 7, 13, 14, 20, 21, 30)
    }
    assert found == {6: None, 7: "a", 13: "a", 14: "b", 20: "b", 21: "c", 30: "c"}
    assert serving(tmp_path, "churn", DAY) is None


def test_of_entries_of_one_day_the_last_written_holds(tmp_path: Path) -> None:
    for name in ("a", "b"):
        serve(tmp_path, "demand", entry(7, name))
    found = serving(tmp_path, "demand", DAY)
    assert found is not None and found.version == "b"
    assert [one.version for one in served(tmp_path, "demand")] == ["a", "b"]


def test_rolling_back_serves_who_served_before_and_again_who_came_after(tmp_path: Path) -> None:
    for since, name in ((7, "a"), (14, "b"), (21, "b")):  # b stayed on the 21st
        serve(tmp_path, "demand", entry(since, name, reason="说明"))
    back = roll_back(tmp_path, "demand")
    assert (back.version, back.since, back.trained_as_of) == ("a", date(2026, 9, 21), DAY)
    found = serving(tmp_path, "demand", date(2026, 9, 30))
    assert found == back and back.reason == "rolled back from b"
    assert roll_back(tmp_path, "demand").version == "b"
    before = serving(tmp_path, "demand", date(2026, 9, 15))
    assert before is not None and before.version == "b"  # days past keep what they had


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"]])
def test_without_another_there_is_nothing_to_roll_back_to(tmp_path: Path, names: list[str]) -> None:
    for since, name in enumerate(names, 7):
        serve(tmp_path, "demand", entry(since, name))
    with pytest.raises(ServingError, match="demand: no other model"):
        roll_back(tmp_path, "demand")
