"""Categories put right by the last days: by hand, and only by what was known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.level_shift import factors_of, shift_factors
from models.params.demand import ShiftParams

PARAMS = ShiftParams(days=3, dispersion=2.0, day_scatter=0.2, most=4.0)
ORIGIN = pd.Timestamp("2026-09-03")


def factor(sold: list[float], said: list[float]) -> float:
    days = np.arange(len(sold))
    found = shift_factors(
        np.array(["ink"] * len(sold)), days, np.array(sold), np.array(said), PARAMS
    )
    return float(found["ink"])


def test_a_miss_within_chance_is_left_alone() -> None:
    """110 sold, 100 said: l = 0.094, its standard error √(2/101 + 0.04/2) = 0.199."""
    assert factor([55.0, 55.0], [50.0, 50.0]) == 1.0
    assert factor([45.0, 45.0], [50.0, 50.0]) == 1.0


def test_a_miss_beyond_chance_counts_for_what_it_is_beyond() -> None:
    """299 sold, 99 said on two days: l = ln 3, less √(2/100 + 0.02) = 0.2."""
    assert factor([150.0, 149.0], [50.0, 49.0]) == pytest.approx(3 * np.exp(-0.2))
    assert factor([50.0, 49.0], [150.0, 149.0]) == pytest.approx(
        np.exp(-np.log(3) + np.sqrt(2 / 300 + 0.02))
    )


def test_few_units_move_nothing_and_no_factor_is_beyond_its_limit() -> None:
    assert factor([3.0], [1.0]) == 1.0
    assert factor([5_000.0], [100.0]) == 4.0
    assert factor([0.0, 0.0], [500.0, 500.0]) == 0.25


def recent(**columns: object) -> pd.DataFrame:
    """Ink sells three times what is said, on each of the ten days up to the origin and after it."""
    days = pd.date_range(ORIGIN - pd.Timedelta(days=9), ORIGIN + pd.Timedelta(days=3))
    return pd.DataFrame(
        {
            "target_day": days,
            "horizon": 1,
            "category": "ink",
            "sold_units": 300.0,
            "in_stock_share": 1.0,
        }
        | columns
    )


def found(rows: pd.DataFrame, *origins: pd.Timestamp) -> list[float]:
    asked = pd.DataFrame({"origin": list(origins), "category": "ink"})
    return factors_of(asked, rows, np.full(len(rows), 100.0), PARAMS).tolist()


def test_only_the_last_days_up_to_the_origin_count() -> None:
    rows = recent()
    base = found(rows, ORIGIN)
    assert base[0] > 2.0
    near = rows["target_day"].between(ORIGIN - pd.Timedelta(days=2), ORIGIN)
    assert found(rows.assign(sold_units=np.where(near, 300.0, 7.0)), ORIGIN) == base
    assert found(rows.assign(sold_units=np.where(near, 100.0, 900.0)), ORIGIN) == [1.0]
    each = found(
        rows.assign(sold_units=np.where(near, 300.0, 100.0)), ORIGIN, ORIGIN - pd.Timedelta(days=5)
    )
    assert each == [base[0], 1.0], "every origin by its own days"


def test_days_sold_out_or_further_ahead_tell_nothing() -> None:
    assert found(recent(in_stock_share=0.7), ORIGIN) == [1.0]
    assert found(recent(horizon=2), ORIGIN) == [1.0]
    assert found(recent(sold_units=np.nan), ORIGIN) == [1.0]


def test_other_categories_stay() -> None:
    asked = pd.DataFrame({"origin": [ORIGIN, ORIGIN], "category": ["ink", "milk"]})
    factors = factors_of(asked, recent(), np.full(len(recent()), 100.0), PARAMS)
    assert factors[0] > 2.0 and factors[1] == 1.0
