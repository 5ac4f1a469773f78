"""What kind of day a date is for a warehouse: holidays, make-up days, and how far away they are."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from assets.core.demand.shared_steps import warehouse_day_kinds
from data_contracts.exports import COMMUNITIES, HOLIDAYS
from tests.pipeline.demand_lake import home_at, put

# National Day of 2026 as drawn here: Thursday to Saturday are off, the Sunday after is worked
HOLIDAY = [date(2026, 10, day) for day in (1, 2, 3)]
MADE_UP = date(2026, 10, 4)
FAIR = date(2026, 10, 7)
FIRST, LAST = date(2026, 9, 24), date(2026, 10, 10)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Rows of `warehouse_day_kinds` by (warehouse, day); only the region of w2 holds a fair."""
    return kinds_of(tmp_path_factory.mktemp("dates"), FIRST, LAST)


def kinds_of(folder: Path, first: date, last: date) -> pd.DataFrame:
    home = home_at(folder)
    put(
        home,
        "communities",
        [
            {"community_id": f"c{one}", "warehouse_id": f"w{one}", "region_id": f"r{one}"}
            for one in (1, 2)
        ],
    )
    put(
        home,
        "holidays",
        [{"day": day, "name": "x", "kind": "public_holiday"} for day in HOLIDAY]
        + [{"day": MADE_UP, "name": "x", "kind": "makeup_workday"}]
        + [{"day": FAIR, "name": "x", "kind": "local_event", "area_id": "r2"}],
    )
    with home.lakehouse.session(COMMUNITIES, HOLIDAYS) as session:
        session.table(
            "panel_series",
            "select * from (values ('w1', 1), ('w2', 2)) as w (warehouse_id, warehouse_no)",
        )
        warehouse_day_kinds(session, first, last)
        found = session.frame("select * from warehouse_day_kinds")
    found["day"] = found["day"].dt.date
    return found.set_index(["warehouse_no", "day"]).sort_index()


def of(kinds: pd.DataFrame, column: str, warehouse_no: int = 1) -> dict[str, int]:
    """`column` by month-day, of the days between `FIRST` and `LAST`."""
    own = kinds.loc[warehouse_no][column]
    return {f"{day:%m-%d}": int(value) for day, value in own.items() if FIRST <= day <= LAST}


def test_a_weekend_day_that_is_made_up_is_worked(kinds: pd.DataFrame) -> None:
    free = [day for day, is_free in of(kinds, "is_free").items() if is_free]
    assert free == ["09-26", "09-27", "10-01", "10-02", "10-03", "10-10"]
    assert of(kinds, "is_makeup")["10-04"] == 1


def test_days_to_and_since_a_holiday_are_counted_up_to_three(kinds: pd.DataFrame) -> None:
    ahead = of(kinds, "days_to_holiday")
    assert [ahead[f"09-{day}"] for day in range(24, 31)] == [4, 4, 4, 4, 3, 2, 1]
    assert [ahead[f"10-0{day}"] for day in (1, 2, 3, 4)] == [0, 0, 0, 4]
    since = of(kinds, "days_since_holiday")
    assert [since[f"10-{day:02}"] for day in range(3, 11)] == [0, 1, 2, 3, 4, 4, 4, 4]
    assert since["09-30"] == 4


def test_a_holiday_just_outside_the_days_asked_for_is_seen(tmp_path: Path) -> None:
    before = kinds_of(tmp_path / "before", FIRST, date(2026, 9, 28))
    assert before.loc[(1, date(2026, 9, 28)), "days_to_holiday"] == 3
    after = kinds_of(tmp_path / "after", date(2026, 10, 6), LAST)
    assert after.loc[(1, date(2026, 10, 6)), "days_since_holiday"] == 3


def test_neighbours_know_of_the_free_day_beside_them(kinds: pd.DataFrame) -> None:
    assert of(kinds, "is_free_after")["09-30"] == 1
    assert of(kinds, "is_free_before")["10-04"] == 1
    assert of(kinds, "is_free_before")["10-05"] == 0  # the Sunday before it was worked


def test_a_local_event_is_one_of_its_region(kinds: pd.DataFrame) -> None:
    assert of(kinds, "is_event", 2)["10-07"] == 1
    assert sum(of(kinds, "is_event", 1).values()) == 0


def test_the_reach_ends_with_the_days_asked_for(kinds: pd.DataFrame) -> None:
    days = kinds.loc[1].index
    assert (days.min(), days.max()) == (FIRST - timedelta(days=3), LAST + timedelta(days=3))
