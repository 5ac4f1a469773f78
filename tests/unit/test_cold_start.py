"""Launches by hand: how past ones were taken up, and what a new one gets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.demand.cold_start import launch_units, launch_uptake
from models.params.demand import LaunchParams

AS_OF = pd.Timestamp("2026-10-31")
PARAMS = LaunchParams(min_launches=2, default_uptake=0.5, given_up_after_days=7, prior_days=3.0)


def launch(**known: object) -> dict[str, object]:
    return {
        "warehouse_id": "w1",
        "sku_id": "s1",
        "category": "fruit",
        "launched_on": AS_OF + pd.Timedelta(days=1),
        "delisted_on": pd.NaT,
        "has_sold": False,
        "similar_units": 4.0,
        "first_days_units": np.nan,
    } | known


def test_uptake_counts_launches_that_never_sold() -> None:
    """6 and 0 units in three days where similar SKUs sold 12 each: a quarter."""
    found = pd.DataFrame([launch(first_days_units=6.0), launch(first_days_units=0.0), launch()])
    assert launch_uptake(found, PARAMS) == (pytest.approx(0.25), 2)
    assert launch_uptake(found.iloc[1:], PARAMS) == (0.5, 1), "too few tell nothing"
    assert launch_uptake(found.iloc[:0], PARAMS) == (0.5, 0)


def units(**known: object) -> list[float]:
    made = launch_units(pd.DataFrame([launch(**known)]), AS_OF, 0.5, PARAMS)
    return made["mean_units"].tolist()


def test_a_launch_gets_its_share_from_its_first_day_on() -> None:
    assert units() == [2.0, 2.0, 2.0]
    assert units(launched_on=AS_OF + pd.Timedelta(days=3)) == [0.0, 0.0, 2.0]
    assert units(delisted_on=AS_OF + pd.Timedelta(days=2)) == [2.0, 2.0, 0.0]


def test_days_without_a_sale_lower_it_until_it_is_given_up() -> None:
    assert units(launched_on=AS_OF)[0] == pytest.approx(2.0 * 3 / 4)
    assert units(launched_on=AS_OF - pd.Timedelta(days=6))[0] == pytest.approx(2.0 * 3 / 10)
    assert units(launched_on=AS_OF - pd.Timedelta(days=7)) == []


def test_what_has_sold_is_no_launch() -> None:
    assert units(has_sold=True) == []


def test_launches_without_similar_skus_say_nothing_of_the_uptake() -> None:
    """3 of 12 units and 9 of 12; the third has nothing to be compared with."""
    rows = [launch(first_days_units=3.0), launch(first_days_units=9.0)]
    rows.append(launch(first_days_units=9.0, similar_units=0.0))
    assert launch_uptake(pd.DataFrame(rows), PARAMS) == (pytest.approx(0.5), 2)
    small = launch(first_days_units=3.0, similar_units=0.5)
    assert launch_uptake(pd.DataFrame([small, small]), PARAMS) == (pytest.approx(2.0), 2)


def test_lines_of_a_launch_are_of_the_next_three_days() -> None:
    made = launch_units(pd.DataFrame([launch(), launch(sku_id="s2")]), AS_OF, 0.5, PARAMS)
    assert made["horizon"].tolist() == [1, 1, 2, 2, 3, 3]
    assert (made["target_day"] - AS_OF).dt.days.tolist() == [1, 1, 2, 2, 3, 3]
    assert made["sku_id"].tolist() == ["s1", "s2"] * 3
    assert units(launched_on=AS_OF + pd.Timedelta(days=1), delisted_on=AS_OF) == [0.0, 0.0, 0.0]
    assert units(delisted_on=AS_OF + pd.Timedelta(days=1)) == [2.0, 0.0, 0.0]
