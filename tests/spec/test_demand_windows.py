"""What a series and its levels knew of themselves: windows of days against a slow definition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.steps import step

ROOM = "assets/predict/demand"
FIRST = date(2026, 7, 1)
DAYS = 66
LEVELS = ("region", "warehouse", "sku", "region_sku", "warehouse_category")
LEVELS += ("warehouse_subcategory", "region_category", "platform")
SHAPES = {
    "demand_panel": "series_no bigint, warehouse_no bigint, day date, demand_e4 bigint, "
    "sold_e4 bigint, in_stock_e4 bigint, discount_e4 bigint, is_free integer, "
    + ", ".join(f"{level}_no bigint" for level in LEVELS if level != "warehouse"),
    "panel_series": "series_no bigint, warehouse_id varchar, sku_id varchar",
    "origins": "day date, train_every integer, score_every integer",
}
SERIES = "series_no | warehouse_id | sku_id\n1 | w1 | a\n2 | w1 | b\n3 | w2 | a"
# codes of the three series at every level, as far as they differ
CODES = {
    "region": (5, 5, 6), "sku": (1, 2, 1), "region_sku": (1, 2, 3), "warehouse_category": (1, 1, 2),
    "warehouse_subcategory": (1, 2, 3), "region_category": (7, 7, 8), "platform": (0, 0, 0),
}  # fmt: skip
PARAMS: dict[str, object] = {"horizon_days": 3, "lookback_days": 60, "dead_after_days": 20}


def _panel() -> list[dict[str, Any]]:
    """Three series; the second begins on day 30, the third sells nothing from day 40 on."""
    random = np.random.default_rng(4)
    rows = []
    for series in (1, 2, 3):
        for day in range(30 if series == 2 else 0, DAYS):
            sold = 0 if series == 3 and day >= 40 else int(random.integers(0, 4)) * 2500
            row: dict[str, Any] = {
                "series_no": series,
                "warehouse_no": 1 if series < 3 else 2,
                "day": FIRST + timedelta(days=day),
                "demand_e4": None if random.uniform() < 0.1 else sold + int(random.integers(3)),
                "sold_e4": sold,
                "in_stock_e4": None if random.uniform() < 0.1 else int(random.integers(1, 10_000)),
                "discount_e4": int(random.integers(5_000, 10_000)),
                "is_free": int((FIRST + timedelta(days=day)).isoweekday() >= 6),
            }
            rows.append(row | {f"{name}_no": codes[series - 1] for name, codes in CODES.items()})
    return rows


PANEL = _panel()


def _text(rows: Sequence[dict[str, Any]]) -> str:
    header = " | ".join(rows[0])
    cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
    return "\n".join([header, *(" | ".join(row) for row in cells)])


def _found(
    name: str,
    wanted: str,
    origins: str,
    rows: Sequence[dict[str, Any]] = PANEL,
    off_offer: str = "",
) -> list[tuple[Any, ...]]:
    given = {"demand_panel": _text(rows), "panel_series": SERIES, "origins": origins}
    given |= {"off_offer": off_offer} if off_offer else {}
    return step(f"{ROOM}/{name}.sql", given, wanted, SHAPES, **PARAMS)


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _windows_of(series: int, origin: date) -> dict[str, Any]:
    """Every figure of the step, from the days of one series up to the origin, the latest first."""
    known = [
        row
        for row in reversed(PANEL)
        if row["series_no"] == series and 0 <= (origin - row["day"]).days < 60
    ]
    demand = [row["demand_e4"] for row in known]
    found: dict[str, Any] = {"panel_days": len(known)}
    for days in (3, 7, 14, 28, 56):
        found[f"sum_{days}"] = _sum(demand[:days])
        found[f"days_{days}"] = sum(value is not None for value in demand[:days])
    month = [value for value in demand[:28] if value is not None]
    found |= {"square_28": sum(value**2 for value in month), "max_28": max(month)}
    for days in (14, 28):
        found[f"zero_days_{days}"] = sum(
            row["demand_e4"] is not None and row["sold_e4"] == 0 for row in known[:days]
        )
    for days in (7, 28):
        found[f"sold_{days}"] = _sum([row["sold_e4"] for row in known[:days]])
        found[f"in_stock_{days}"] = _sum([row["in_stock_e4"] for row in known[:days]])
        found[f"offered_days_{days}"] = sum(row["in_stock_e4"] is not None for row in known[:days])
        found[f"discount_{days}"] = _sum([row["discount_e4"] for row in known[:days]])
    for name, free in (("free", 1), ("work", 0)):
        kind = [row["demand_e4"] for row in known[:28] if row["is_free"] == free]
        found[f"{name}_sum_28"] = _sum(kind)
        found[f"{name}_days_28"] = sum(value is not None for value in kind)
    ages = [age for age, row in enumerate(known) if row["sold_e4"] > 0]
    found["days_since_sale"] = ages[0] if ages else None
    found |= {name: known[0][name] for name in ("demand_e4", "in_stock_e4", "discount_e4")}
    for age in (1, 2, 3, 4, 5, 6, 11, 12, 13, 18, 19, 20, 25, 26, 27):
        found[f"lag_{age}"] = demand[age] if age < len(demand) else None
    for age in (4, 5, 6):
        found[f"sold_lag_{age}"] = known[age]["sold_e4"] if age < len(known) else None
    found["in_stock_lag_1"] = known[1]["in_stock_e4"] if len(known) > 1 else None
    return found


@pytest.mark.parametrize("day", [30, 33, 45, 58, 59, 60, 65])
def test_windows_of_a_series(day: int) -> None:
    origin = FIRST + timedelta(days=day)
    alive = [series for series in (1, 2, 3) if series < 3 or day - 39 < 20]
    names = list(_windows_of(1, origin))
    rows = _found(
        "demand_windows",
        " ".join(["series_no", "warehouse_no", "day", *names]),
        f"day | train_every | score_every\n{origin} | 1 | 1",
    )
    assert [row[:3] for row in rows] == [(s, 1 if s < 3 else 2, origin) for s in alive]
    for series, row in zip(alive, rows, strict=True):
        wanted = _windows_of(series, origin)
        assert dict(zip(names, row[3:], strict=True)) == wanted, series


# how often a series is drawn       is a row for training, for scoring
DRAWN = [("1 | 1", (True, True)), ("1 | 0", (True, False)), ("0 | 1", (False, True))]


@pytest.mark.parametrize(("every", "is_for"), DRAWN)
def test_rows_are_for_training_and_scoring_as_the_origin_asks(
    every: str, is_for: tuple[bool, bool]
) -> None:
    day = FIRST + timedelta(days=35)
    origins = f"day | train_every | score_every\n{day} | {every}"
    found = _found("demand_windows", "is_training is_scored", origins)
    assert found == [is_for] * 3
    none = f"day | train_every | score_every\n{day} | 0 | 0"
    assert _found("demand_windows", "series_no", none) == []


# off offer                    from        until         a row
OFF = [
    ("on all days ahead",      "08-06", "08-08", False),
    ("from the second on",     "08-07", "08-31", True),
    ("until the second",       "08-01", "08-07", True),
    ("long before and after",  "08-01", "08-31", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "is_row"), [row[1:] for row in OFF], ids=lambda v: str(v)
)
def test_a_sku_off_offer_on_all_days_ahead_is_no_row(first: str, last: str, is_row: bool) -> None:
    """The origin is 5 August; the days ahead are the 6th, 7th and 8th."""
    origins = "day | train_every | score_every\n2026-08-05 | 1 | 1"
    off = f"sku_id | from_day | until_day\na | 2026-{first} | 2026-{last}"
    found = _found("demand_windows", "series_no", origins, off_offer=off)
    assert found == ([(1,), (2,), (3,)] if is_row else [(2,)])


def _level_of(level: str, code: int, day: int) -> dict[str, float | None]:
    """The figures of a level on a day of the panel, from its rows of the days before."""
    column = f"{level}_no"
    mine = [row for row in PANEL if row[column] == code]

    def mean(first: int, last: int, free: int | None = None) -> float | None:
        """Mean of the demand known from `first` to `last` days back."""
        days = {FIRST + timedelta(days=day - back) for back in range(first, last + 1)}
        of_days = [
            row["demand_e4"]
            for row in mine
            if row["day"] in days and (free is None or row["is_free"] == free)
        ]
        known = [value for value in of_days if value is not None]
        return sum(known) / len(known) if known else None

    def ratio(over: float | None, under: float | None) -> float | None:
        return None if over is None or not under else over / under

    month = mean(0, 27)
    return {
        "mean_28": month / 10_000 if month is not None else None,
        "days_28": sum(
            row["demand_e4"] is not None
            for row in mine
            if 0 <= (FIRST + timedelta(days=day) - row["day"]).days < 28
        ),
        "last_day_ratio": ratio(mean(0, 0), mean(0, 6)),
        "rising": ratio(mean(0, 6), month),
        "week_on_week_3": ratio(mean(0, 2), mean(7, 9)),
        "week_on_week_7": ratio(mean(0, 6), mean(7, 13)),
        "free_ratio": ratio(mean(0, 27, 1), month),
        "work_ratio": ratio(mean(0, 27, 0), month),
    }


@pytest.mark.parametrize("day", [60, 65])
def test_windows_of_what_a_series_belongs_to(day: int) -> None:
    """The first origin is on day 60: of the levels no day more than four weeks older is needed."""
    origin = FIRST + timedelta(days=60)
    names = list(_level_of("platform", 0, day))
    rows = _found(
        "demand_levels",
        " ".join(["level", "code", "day", *names]),
        f"day | train_every | score_every\n{origin} | 1 | 1\n{origin + timedelta(days=5)} | 1 | 1",
    )
    assert min(row[2] for row in rows) == origin - timedelta(days=27)
    wanted = {(level, row[f"{level}_no"]) for row in PANEL for level in LEVELS}
    of_day = {row[:2]: row[3:] for row in rows if row[2] == FIRST + timedelta(days=day)}
    assert set(of_day) == wanted
    for (level, code), figures in of_day.items():
        slowly = _level_of(level, int(code), day)
        for name, value in zip(names, figures, strict=True):
            assert value == pytest.approx(slowly[name], rel=1e-9), (level, code, name)
