"""Slices, figures and failures of a rolling backtest, on rows small enough to work by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from data_contracts.tables.backtest import BASELINES_ZH, baseline_column
from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.demand.backtest import report_figures, rolling_origin
from models.demand.backtest.quantile_baselines import residual_quantiles
from models.demand.backtest.slices import add_slices, pattern, turnover_class
from models.params.backtest import DEFAULTS, BacktestParams, SliceParams
from models.params.demand import DEFAULTS as DEMAND_DEFAULTS

FIRST = date(2026, 10, 5)


def made(series: int = 4, origins: int = 2, **columns: object) -> pd.DataFrame:
    """Rows of all origins with forecasts, peers and slices: 10 a day forecast, 8 sold."""
    rows = [
        {
            "series_no": number,
            "warehouse_id": f"w{number % 2}",
            "sku_id": f"s{number}",
            "category": "fruit" if number % 2 else "milk",
            "region_id": "r",
            "origin": pd.Timestamp(FIRST + timedelta(days=3 * place)),
            "horizon": horizon,
            "target_day": pd.Timestamp(FIRST + timedelta(days=3 * place + horizon)),
            "sold_units": 8.0,
            "demand_units": 8.0,
            "in_stock_share": 1.0,
            "mean_units": 10.0,
            "forecast_sold_units": 9.0,
            "model": "lightgbm",
            "turnover_class": "A",
            "pattern": "smooth",
            "age": "older",
            "is_new_warehouse": False,
            "is_promoted": horizon == 1,
            "is_rainy": False,
            "is_holiday": False,
        }
        | {baseline_column(peer): np.nan for peer in BASELINES_ZH}
        | {baseline_column("same_day_last_week"): 12.0, baseline_column("mean_7_days"): 8.0}
        | columns
        for number in range(series)
        for place in range(origins)
        for horizon in (1, 2, 3)
    ]
    return pd.DataFrame(rows)


def lines(rows: pd.DataFrame) -> pd.DataFrame:
    scored = sorted({day.date() for day in rows["origin"]})[-1:]
    found = rolling_origin.calibrate_forecasts(rows, scored, BacktestParams(), DEMAND_DEFAULTS)
    return rolling_origin.stored_lines(found.lines)


def test_quantiles_rest_on_the_origins_before() -> None:
    """Another actual on the scored origin leaves its quantiles; on the one before it moves them."""
    rows = made(series=200)
    base = lines(rows)
    later = rows["origin"] == rows["origin"].max()
    changed = lines(rows.assign(sold_units=np.where(later, 3.0, 8.0)))
    assert changed["p90_units"].tolist() == base["p90_units"].tolist()
    earlier = lines(rows.assign(sold_units=np.where(later, 8.0, 3.0)))
    days = earlier["horizon"] != "sum_72h"
    assert (earlier["p90_units"][days] < base["p90_units"][days]).all()


def test_a_sum_needs_its_three_days_and_keeps_what_one_of_them_was() -> None:
    rows = made(series=2, origins=1)
    rows.loc[0, "sold_units"] = np.nan
    sums = rolling_origin.horizon_rows(rows.assign(horizon_days=rows["horizon"]))
    assert sums["sold_units"].isna().tolist() == [True, False]
    assert sums["mean_units"].tolist() == [30.0, 30.0]
    assert sums["is_promoted"].all() and not sums["is_rainy"].any()
    assert rolling_origin.horizon_rows(rows.iloc[1:]).shape[0] == 1, (
        "a series with two days has no sum"
    )


def test_figures_beside_a_peer_on_the_same_rows() -> None:
    rows = made(series=4, origins=2)
    rows.loc[rows["series_no"] == 0, baseline_column("auto_ets")] = 8.0
    report = report_figures.backtest_tables(
        lines(rows), pd.DataFrame(columns=_QUANTILES), SliceParams()
    )
    table = report.headline.set_index(["scope", "model"])
    assert table.loc[("in_stock_days", "linli"), "wape"] == pytest.approx(0.25)
    assert table.loc[("all_days", "linli"), "wape"] == pytest.approx(1 / 8)
    naive = table.loc[("in_stock_days", "same_day_last_week")]
    assert (naive["wape"], naive["value_added"]) == (pytest.approx(0.5), pytest.approx(0.5))
    some = table.loc[("in_stock_days", "auto_ets")]
    assert (some["rows"], some["wape"], some["linli_wape"]) == (3, 0.0, pytest.approx(0.25))
    assert ("in_stock_days", "ssa") not in table.index, "a peer not asked is not shown"
    whole = report.levels.set_index("level").loc["全平台×日", "accuracy"]
    assert whole == pytest.approx(1 - 1 / 8)


def test_a_sold_out_day_counts_for_sales_only() -> None:
    rows = made(series=2, origins=2)
    rows.loc[rows["series_no"] == 0, ["in_stock_share", "sold_units"]] = [0.5, 0.0]
    report = report_figures.backtest_tables(
        lines(rows), pd.DataFrame(columns=_QUANTILES), SliceParams()
    )
    table = report.headline.set_index(["scope", "model"])
    assert table.loc[("in_stock_days", "linli"), "rows"] == 3
    assert table.loc[("all_days", "linli"), "wape"] == pytest.approx((9 + 1) / 8)


def test_the_worst_slice_is_named_with_its_cause() -> None:
    """Fruit sold half of what was forecast, and half of last week: a shift, not scatter."""
    rows = made(series=40)
    fruit = rows["category"] == "fruit"
    rows["sold_units"] = np.where(fruit, 5.0, np.where(rows.index % 2 == 0, 9.0, 11.0))
    rows.loc[fruit & (rows.index % 9 != 0), "category"] = "berries"
    (worst, *_) = report_figures.backtest_tables(
        lines(rows), pd.DataFrame(columns=_QUANTILES), SliceParams()
    ).worst_slices
    assert worst.name == "品类 berries"
    assert worst.wpe == pytest.approx(1.0)
    assert "偏多" in worst.why_zh and "跌了 58%" in worst.why_zh


def test_overlapping_failures_are_told_once() -> None:
    rows = made(series=40)
    bad = rows["series_no"] < 8
    rows["sold_units"] = np.where(bad, 2.0, 10.0)
    rows.loc[bad, ["category", "region_id", "turnover_class"]] = ["nuts", "far", "C"]
    report = report_figures.backtest_tables(
        lines(rows), pd.DataFrame(columns=_QUANTILES), SliceParams()
    )
    named = [item.name for item in report.worst_slices]
    assert len({name for name in named if name in ("品类 nuts", "区域 far", "ABC C类")}) == 1


def test_classes_by_turnover() -> None:
    rows = pd.DataFrame(
        {"origin": 1, "series_no": [1, 2, 3, 4], "sold_mean_28": [80.0, 14.0, 4.0, 2.0]}
    )
    assert turnover_class(rows, SliceParams()).tolist() == ["A", "B", "B", "C"]


def test_patterns_by_gap_and_size() -> None:
    """Sells daily or every second day, alike (no variation) or 1 and 9 in turns (CV² = 0.64)."""
    rows = pd.DataFrame(
        {
            "zero_share_28": [0.0, 0.0, 0.5, 0.5, np.nan],
            "mean_28": [5.0, 5.0, 2.5, 2.5, np.nan],
            "deviation_28": [0.0, 4.0, 2.5, np.sqrt(41 / 2 - 2.5**2), np.nan],
        }
    )
    found = pattern(rows, SliceParams()).tolist()
    assert found == ["smooth", "erratic", "intermittent", "lumpy", ""]


def test_slices_of_days_and_ages() -> None:
    rows = pd.DataFrame(
        {
            "origin": 1,
            "series_no": [1, 2],
            "sold_mean_28": [1.0, 1.0],
            "zero_share_28": 0.0,
            "mean_28": 1.0,
            "deviation_28": 0.0,
            "panel_days": [6, 7],
            "warehouse_days": [27, np.inf],
            "discount_target": [0.9, 1.0],
            "is_group_buy": 0,
            "is_coupon": 0,
            "rain_mm": [np.nan, 4.0],
            "is_holiday": [0, 0],
            "is_makeup": [0, 1],
        }
    )
    found = add_slices(rows, DEFAULTS.slices)
    assert found["age"].tolist() == ["first_week", "first_month"]
    assert found["is_new_warehouse"].tolist() == [True, False]
    assert found["is_promoted"].tolist() == [True, False]
    assert pd.isna(found["is_rainy"][0]) and found["is_rainy"][1]
    assert found["is_holiday"].tolist() == [False, True]
    drizzle = add_slices(rows.assign(rain_mm=[3.5, 3.6]), DEFAULTS.slices)
    assert drizzle["is_rainy"].tolist() == [False, True]


def test_residual_quantiles_by_group() -> None:
    found = residual_quantiles(
        np.array([-2.0, -2.0, 4.0, 4.0]),
        np.array(["a", "a", "b", "b"]),
        np.array([1.0, 1.0, 1.0]),
        np.array(["a", "b", "c"]),
        (50,),
    )
    assert found.ravel().tolist() == [0.0, 5.0, 2.0], "no less than 0; an unknown group: all"


_QUANTILES = ["model", "scope", "origin", "category", "percent", "share_under", "pinball_units"]
_QUANTILES += ["rows"]


def test_coverage_names_the_category_furthest_off() -> None:
    rows = [
        {
            "model": "linli",
            "scope": "in_stock_days",
            "origin": FIRST,
            "category": category,
            "percent": percent,
            "share_under": under,
            "pinball_units": 1.0,
            "rows": count,
        }
        for percent in QUANTILE_PERCENTS
        for category, under, count in (("milk", percent / 100, 900), ("fruit", 0.5, 300))
    ]
    report = report_figures.backtest_tables(lines(made()), pd.DataFrame(rows), SliceParams())
    (at_90,) = (row for row in report.coverage if row.percent == 90)
    assert at_90.under["linli"] == pytest.approx((0.9 * 900 + 0.5 * 300) / 1_200)
    assert (at_90.furthest_category, at_90.furthest_under) == ("fruit", 0.5)


def test_a_quantile_without_a_large_category_names_none() -> None:
    """One row short of what is judged, then enough: no category, then the one."""
    row = {"model": "linli", "scope": "sum_72h", "origin": FIRST, "category": "milk"}
    row |= {"percent": 90, "share_under": 0.8, "pinball_units": 1.0}
    named = [
        report_figures.backtest_tables(
            lines(made()), pd.DataFrame([row | {"rows": rows}]), SliceParams()
        ).coverage
        for rows in (199, 200)
    ]
    assert [(one.furthest_category, one.furthest_under) for (one,) in named] == [
        (None, None),
        ("milk", 0.8),
    ]


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_backtest_with_nothing_sold_has_every_column_and_no_figure() -> None:
    report = report_figures.backtest_tables(
        lines(made(sold_units=0.0)), pd.DataFrame(columns=_QUANTILES), SliceParams()
    )
    assert not len(report.slices) and "value_added" in report.slices
    assert report.coverage == [] and report.levels["accuracy"].isna().all()
    assert report.headline["wape"].isna().all() and len(report.headline)
