"""Scopes of the backtest, by hand: which rows count, and that the mean runs over days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.clock import HORIZON_DAYS, HORIZON_HOURS
from models.demand.scoring import (
    backtest_origins,
    horizon_sums,
    leave_one_out_coverage,
    score_forecasts,
)

ORIGIN = date(2026, 9, 1)

# series, horizon, sold, in stock, forecast
DRAWN = [
    (1, 1, 4.0, 1.0, 6.0),
    (1, 2, 2.0, 1.0, 2.0),
    (1, 3, 2.0, 0.5, 4.0),  # sold out in part: not scored as in stock
    (2, 1, 6.0, 1.0, 6.0),
    (2, 2, 2.0, 1.0, 1.0),
    (2, 3, 5.0, 1.0, 4.0),
    (3, 1, 9.0, np.nan, 0.0),  # not offered: not scored at all, and no sum
]


@pytest.fixture
def scored() -> pd.DataFrame:
    names = ["series_no", "horizon", "sold_units", "in_stock_share", "model"]
    return pd.DataFrame(DRAWN, columns=names).assign(origin=ORIGIN)


def figure(scores: pd.DataFrame, scope: str) -> pd.Series:
    return scores[scores["scope"] == scope].iloc[0]


def test_in_stock_days_are_scored_day_by_day(scored: pd.DataFrame) -> None:
    found = figure(score_forecasts(scored, ["model"]), "in_stock_days")
    assert found["wape"] == pytest.approx((2 / 10 + 1 / 4 + 1 / 5) / 3)
    assert found["wpe"] == pytest.approx((2 / 10 - 1 / 4 - 1 / 5) / 3)
    assert found["rows"] == 5


def test_all_days_leave_out_only_what_was_not_offered(scored: pd.DataFrame) -> None:
    found = figure(score_forecasts(scored, ["model"]), "all_days")
    assert found["wape"] == pytest.approx((2 / 10 + 1 / 4 + 3 / 7) / 3)
    assert found["rows"] == 6


def test_a_day_without_a_sale_counts_with_the_others_of_its_origin(scored: pd.DataFrame) -> None:
    nothing = scored.assign(sold_units=scored["sold_units"].where(scored["horizon"] != 2, 0.0))
    found = figure(score_forecasts(nothing, ["model"]), "all_days")
    assert found["wape"] == pytest.approx((2 + 0 + 2 + 1 + 2 + 1) / (10 + 7))
    assert found["wpe"] == pytest.approx((2 + 2 + 2 + 1 - 1) / (10 + 7))
    assert found["rows"] == 6
    silent = scored.assign(sold_units=0.0)
    assert pd.isna(figure(score_forecasts(silent, ["model"]), "all_days")["wape"])


def test_sums_need_all_three_days(scored: pd.DataFrame) -> None:
    found = figure(score_forecasts(scored, ["model"]), "sum_72h")
    assert found["wape"] == pytest.approx((4 + 2) / (8 + 13))
    assert found["rows"] == 2
    assert horizon_sums(scored, ["model"])["model"].tolist() == [12.0, 11.0]


def test_days_with_sold_out_hours_score_the_forecast_of_sales(scored: pd.DataFrame) -> None:
    """The same demand, and sales that are told exactly."""
    exact = score_forecasts(
        scored.assign(sales=scored["sold_units"]), ["model"], sales={"model": "sales"}
    )
    assert figure(exact, "all_days")["wape"] == 0 and figure(exact, "sum_72h")["wape"] == 0
    assert exact["model"].unique().tolist() == ["model"]
    in_stock = figure(exact, "in_stock_days")
    assert in_stock["wape"] == figure(score_forecasts(scored, ["model"]), "in_stock_days")["wape"]


def test_levels_are_scored_on_what_their_series_add_up_to(scored: pd.DataFrame) -> None:
    """Series 1 and 2 are of one warehouse; series 3 is not offered."""
    codes = scored["series_no"].map({1: 7, 2: 7, 3: 8})
    found = figure(score_forecasts(scored.assign(warehouse_no=codes), ["model"]), "warehouse_day")
    offered = scored[scored["in_stock_share"].notna()]
    days = offered.groupby("horizon")[["sold_units", "model"]].sum()
    error = (days["model"] - days["sold_units"]).abs() / days["sold_units"]
    assert found["wape"] == pytest.approx(error.mean())
    assert found["rows"] == 3
    assert "sku_day" not in set(score_forecasts(scored, ["model"])["scope"])


def test_coverage_of_an_origin_never_uses_its_own_rows() -> None:
    asked = {}

    actual, forecast = np.array([1.0, 9.0, 2.0, np.nan]), np.array([1.0, 1.0, 2.0, 2.0])

    def upper(fitted: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        asked[forecast[wanted][0]] = sorted(set(forecast[fitted]))
        return np.full(wanted.sum(), actual[fitted].max())

    origins = np.array(["a", "a", "b", "b"])
    found = leave_one_out_coverage(origins, actual, upper)
    assert asked == {1.0: [2.0], 2.0: [1.0]}
    assert found == {"a": (0.5, 2), "b": (1.0, 1)}


def test_a_single_origin_has_no_coverage() -> None:
    one = np.array(["a", "a"])
    values = np.array([1.0, 2.0])
    assert leave_one_out_coverage(one, values, lambda fitted, asked: values[asked]) == {}


def test_sums_of_the_horizon_are_of_whole_horizons() -> None:
    """Three days make a sum; a day that is missing, or whose actual is, makes none. In order."""
    assert (HORIZON_HOURS, HORIZON_DAYS) == (72, 3)
    rows = pd.DataFrame(
        {
            "series_no": [2] * 3 + [1] * 3 + [1] * 2 + [3] * 3,
            "origin": [1] * 3 + [2] * 3 + [1] * 2 + [1] * 3,
            "sold_units": [1.0, 2, 4, 8, 16, 32, 64, 128, 256, np.nan, 512],
        }
    )
    found = horizon_sums(rows, ["sold_units"])
    assert found.to_numpy().tolist() == [[1, 2, 56], [2, 1, 7]]


@pytest.mark.parametrize(("share", "rows"), [(0.9999, 1), (0.9998, 0), (1.0, 1)])
def test_a_day_in_stock_but_for_a_moment_is_a_whole_day(share: float, rows: int) -> None:
    names = ["series_no", "horizon", "sold_units", "in_stock_share", "model"]
    one = pd.DataFrame([(1, 1, 4.0, share, 6.0)], columns=names).assign(origin=ORIGIN)
    scores = score_forecasts(one, ["model"])
    assert scores.loc[scores["scope"] == "in_stock_days", "rows"].tolist() == [1] * rows
    assert figure(scores, "all_days")["rows"] == 1


def test_origins_are_scored_apart(scored: pd.DataFrame) -> None:
    """The day before, every sale was foreseen."""
    day_before = scored.assign(origin=date(2026, 8, 31), model=scored["sold_units"])
    found = score_forecasts(pd.concat([day_before, scored]), ["model"])
    for scope, wape in (("all_days", (2 / 10 + 1 / 4 + 3 / 7) / 3), ("sum_72h", 6 / 21)):
        mine = found[found["scope"] == scope]
        assert mine["origin"].tolist() == [date(2026, 8, 31), ORIGIN]
        assert mine["wape"].tolist() == pytest.approx([0, wape])
        assert mine["coverage"].isna().all()


def test_origins_of_a_backtest_end_where_three_days_are_over() -> None:
    assert backtest_origins(date(2026, 9, 4), 1, 7) == [ORIGIN]
    assert backtest_origins(date(2026, 9, 4), 3, 7) == [
        date(2026, 8, 18),
        date(2026, 8, 25),
        ORIGIN,
    ]
