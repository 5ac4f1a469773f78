"""Sums of 5 to 28 days on a made platform: near the truth, in order, blind to the future."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.resources.home import LinliHome
from data_contracts.codes.demand import SUM_HORIZONS, Horizon
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.demand.sums.sum_feature_names import SUM_FEATURES
from tests.pipeline.demand_lake import home_at, order_line, put, run_day, sum_features, table
from tests.pipeline.weekday_lake import AS_OF, WEEKDAY, made_orders, put_references

ORDER = [Horizon.SUM_72H.value, *(horizon.value for horizon in SUM_HORIZONS.values())]
UNITS = ["mean_units", "sold_units", *(quantile_column(percent) for percent in QUANTILE_PERCENTS)]
LEAVES_ON = AS_OF + timedelta(days=4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """The weekday platform; s07 leaves in four days."""
    home = home_at(tmp_path_factory.mktemp("sums"))
    put(home, "orders", made_orders(AS_OF))
    put_references(home)
    put(home, "products", [{"sku_id": "s07", "category": "fruit", "delisted_on": LEAVES_ON}])
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    return home


@pytest.fixture(scope="module")
def lines(home: LinliHome) -> pd.DataFrame:
    return table(home, "select * from demand_forecast")


def _wide(lines: pd.DataFrame, column: str) -> pd.DataFrame:
    wide = lines.pivot_table(index=["warehouse_id", "sku_id"], columns="horizon", values=column)
    return wide[ORDER]


def test_every_series_has_every_sum_with_its_last_day(lines: pd.DataFrame) -> None:
    assert set(lines["horizon"]) == set(Horizon.values())
    counts = lines.groupby(["warehouse_id", "sku_id"])["horizon"].nunique()
    assert (counts == len(Horizon)).all()
    for days, horizon in SUM_HORIZONS.items():
        last = lines.loc[lines["horizon"] == horizon.value, "target_day"].dt.date
        assert set(last) == {AS_OF + timedelta(days=days)}
    of_sku = lines.groupby(["warehouse_id", "sku_id"])
    assert (of_sku["model_version"].nunique() == 1).all()


@pytest.mark.parametrize("column", UNITS)
def test_a_longer_sum_is_no_smaller(lines: pd.DataFrame, column: str) -> None:
    assert (np.diff(_wide(lines, column).to_numpy(), axis=1) >= 0).all()


def test_quantiles_of_a_sum_ascend(lines: pd.DataFrame) -> None:
    assert (np.diff(lines[UNITS[2:]].to_numpy(), axis=1) >= 0).all()
    assert (lines["sold_units"] <= lines["mean_units"] + 1e-9).all()


def test_the_sum_is_what_its_weekdays_sell(home: LinliHome, lines: pd.DataFrame) -> None:
    """Five days from Sunday on sell another share of a week than seven."""
    recent = table(
        home,
        "select sku_id, sum(demand_units) / 28 as mean from demand_day "
        f"where day > DATE '{AS_OF - timedelta(days=28)}' group by sku_id",
    )
    usual = recent[recent["sku_id"].str.startswith("s")]
    usual = usual[~usual["sku_id"].isin(["s07", "soon"])]
    of_horizon = lines[lines["sku_id"].isin(usual["sku_id"])].groupby("horizon")["mean_units"].sum()
    for days, horizon in SUM_HORIZONS.items():
        weekdays = [(AS_OF + timedelta(days=ahead)).weekday() for ahead in range(1, days + 1)]
        weight = sum(WEEKDAY[weekday] for weekday in weekdays) / np.mean(WEEKDAY)
        expected = usual["mean"].sum() * weight
        assert of_horizon[horizon.value] == pytest.approx(expected, rel=0.12), horizon


def test_days_after_the_last_one_on_offer_add_nothing(lines: pd.DataFrame) -> None:
    leaving = lines[lines["sku_id"] == "s07"]
    wide = _wide(leaving, "mean_units")
    assert (wide["sum_5d"] > wide["sum_72h"]).all(), "the fourth day is on offer"
    others = _wide(lines[lines["sku_id"] == "s08"], "mean_units")
    assert (wide["sum_28d"] < 1.3 * wide["sum_5d"]).all()
    assert (others["sum_28d"] > 4 * others["sum_5d"]).all()


def test_a_launch_sells_its_rate_on_every_day_it_is_on_offer(lines: pd.DataFrame) -> None:
    for _, mine in lines[lines["sku_id"] == "soon"].groupby("warehouse_id"):
        units = mine.set_index("horizon")["mean_units"]
        for days, horizon in SUM_HORIZONS.items():
            assert units[horizon.value] == pytest.approx((days - 1) * units["day_2"])


def test_a_series_of_three_days_keeps_the_rate_of_its_72_hours(lines: pd.DataFrame) -> None:
    late = lines[lines["sku_id"] == "late"]
    assert set(late["fallback"]) == {"short_history"}
    wide = _wide(late, "mean_units")
    assert wide["sum_28d"].to_numpy() == pytest.approx(
        wide["sum_72h"].to_numpy() * 28 / 3, rel=0.45
    )


def test_the_backtest_scores_sums_beside_the_mean_of_seven_days(home: LinliHome) -> None:
    scores = table(home, "select * from demand_backtest where scope like 'sum_%d'")
    found = scores.groupby(["scope", "model"])["wape"].mean().unstack()
    assert {"sum_5d", "sum_7d", "sum_10d", "sum_14d"} <= set(found.index)
    assert (found["lightgbm"] < 0.25).all()
    assert (found["lightgbm"] < found["mean_7_days"] + 0.02).all()
    assert (scores["origin"].dt.date < AS_OF - timedelta(days=4)).all()
    covered = scores[scores["model"] == "lightgbm"].groupby("scope")["coverage"].mean()
    assert covered["sum_7d"] == pytest.approx(0.9, abs=0.08)


def test_without_a_model_the_mean_that_was_best_serves_each_sum(tmp_path: Path) -> None:
    """Sales trebled half way through 26 days: what lies four weeks back misleads."""
    home, days = home_at(tmp_path), 26
    rng = np.random.default_rng(5)
    sold = [float(1 + rng.poisson(4 if place < 13 else 12)) for place in range(days)]
    first = AS_OF - timedelta(days=days - 1)
    put(
        home,
        "orders",
        [order_line(n, first + timedelta(days=n), "s", units) for n, units in enumerate(sold)],
    )
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    lines = table(home, "select * from demand_forecast").set_index("horizon")
    assert set(lines["fallback"]) == {"no_model"}
    recent = np.mean(sold[-7:])
    assert lines.loc["sum_7d", "mean_units"] == pytest.approx(7 * recent, rel=0.25)
    assert (np.diff(lines.loc[ORDER, UNITS].to_numpy(), axis=0) >= 0).all()
    assert lines.loc["sum_7d", "p90_units"] > 1.2 * lines.loc["sum_7d", "mean_units"]
    scopes = set(table(home, "select distinct scope from demand_backtest")["scope"])
    assert {"sum_5d", "sum_7d"} <= scopes


def _lake(home: LinliHome, origin: date, later: float) -> pd.DataFrame:
    """Features of `origin`, ten days before the history ends; `later`: what sells after it."""
    rows: list[dict[str, Any]] = [
        row
        | (
            {"quantity_units": row["quantity_units"] * later}
            if row["business_date"] > origin
            else {}
        )
        for row in made_orders(AS_OF)
    ]
    put(home, "orders", rows)
    put_references(home)
    day = origin + timedelta(days=2)
    told = datetime(day.year, day.month, day.day, 12)
    cut = {"sku_id": "s01", "kind": "discount", "starts_on": day, "ends_on": AS_OF}
    put(
        home,
        "promotions",
        [
            cut
            | {"promotion_id": "a", "discount_ratio": 0.9, "announced_at": datetime(2026, 1, 1)},
            cut | {"promotion_id": "b", "discount_ratio": 0.9 / later, "announced_at": told},
        ],
    )
    run_day(home, AS_OF, demand_day)
    return sum_features(home, AS_OF, [(AS_OF - origin).days])


def test_what_happens_after_the_origin_changes_no_feature(tmp_path: Path) -> None:
    origin = AS_OF - timedelta(days=10)
    one, other = (
        _lake(home_at(tmp_path / "1"), origin, 1.0),
        _lake(home_at(tmp_path / "3"), origin, 3.0),
    )
    names = ["warehouse_id", "sku_id", *SUM_FEATURES, "weight_days", "weight_days_3"]
    pd.testing.assert_frame_equal(one[names], other[names])
    assert one["discount_ahead"].min() < 1, "the cut announced in time is known"
    both = one["demand_units"].notna() & (one["demand_units"] > 0)
    assert both.any()
    ratio = other.loc[both, "demand_units"] / one.loc[both, "demand_units"]
    assert ratio.to_numpy() == pytest.approx(3.0)
