"""Longer sums: which are fitted, the naive methods, quantiles, scores, and lines that agree."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.demand import LONGEST_SUM_DAYS, SUM_HORIZONS, Horizon
from models.demand.cold_start import launch_sums, launch_units
from models.demand.quantiles import RatioQuantiles
from models.demand.sums import naive_sums as naive
from models.demand.sums.sum_feature_names import SUM_FEATURES
from models.demand.sums.sum_lines import expected_sales, from_daily_rate, rising_sums
from models.demand.sums.sum_model import (
    fit_sum_booster,
    in_hash_sample,
    known_sums,
    over_at,
    predicted_sums,
    steadied,
    sum_design_matrix,
    wanted_sums,
    windows_in_a_row,
    with_origin_features,
)
from models.demand.sums.sum_quantiles import SumQuantiles, centred, fit_sum_quantiles
from models.demand.sums.sum_scores import score_sums
from models.params.demand import LAUNCHES, ModelParams, QuantileParams

DAY = pd.Timestamp("2026-09-05")


def _pairs(*origins: str, series: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        {"series_no": np.arange(len(origins)) + series, "origin": pd.to_datetime(list(origins))}
    )


def _rows(count: int = 600, **columns: Any) -> pd.DataFrame:
    """Rows with every feature; demand is 1.2 × level × weight_days exactly."""
    random = np.random.default_rng(3)
    rows = pd.DataFrame({name: random.uniform(0, 1, count) for name in SUM_FEATURES})
    rows["mean_28"] = rows["similar_mean"] = random.uniform(1, 9, count)
    rows["panel_days"], rows["span_days"] = 40, np.tile([7, 14], count // 2)
    rows["offered_days"], rows["weight_days"] = rows["span_days"], rows["span_days"] * 1.0
    rows["series_no"], rows["category"] = np.arange(count), "fruit"
    rows["origin"] = DAY + pd.to_timedelta(np.arange(count) % 3, unit="D")
    rows["demand_units"] = 1.2 * (rows["mean_28"] + 0.1) * rows["weight_days"]
    return rows.assign(**columns)


def test_codes_say_how_many_days_a_sum_covers() -> None:
    assert LONGEST_SUM_DAYS == 28 and list(SUM_HORIZONS) == sorted(SUM_HORIZONS)
    for days, code in SUM_HORIZONS.items():
        assert code.value == f"sum_{days}d" and code.zh == f"{days}天合计"
    assert Horizon.SUM_72H not in SUM_HORIZONS.values()


def test_a_sum_is_over_when_its_last_day_is() -> None:
    wanted = wanted_sums(_pairs("2026-08-22", "2026-08-29"), [7, 14])
    assert wanted["span_days"].tolist() == [7, 14, 7, 14]
    assert wanted["series_no"].tolist() == [1, 1, 2, 2]
    assert over_at(wanted, DAY).tolist() == [True, True, True, False]
    assert over_at(wanted, DAY - pd.Timedelta(days=1)).tolist() == [True, False, False, False]


def test_the_sample_keeps_to_its_limit_and_does_not_depend_on_the_order() -> None:
    wanted = wanted_sums(_pairs(*["2026-08-01", "2026-08-02"] * 500), [5, 7, 10, 14])
    kept = in_hash_sample(wanted, 1_000)
    assert 900 < kept.sum() < 1_100
    assert wanted[kept].groupby("span_days").size().between(180, 320).all()
    order = np.random.default_rng(1).permutation(len(wanted))
    assert (in_hash_sample(wanted.iloc[order], 1_000) == kept[order]).all()
    assert in_hash_sample(wanted, len(wanted)).all()


def test_weather_is_the_mean_of_the_days_it_is_forecast_for() -> None:
    days = pd.DataFrame(
        {
            "series_no": [1, 1, 1],
            "origin": [DAY] * 3,
            "horizon": [1, 2, 3],
            "rain_mm": [0.0, 6.0, np.nan],
            "warning_level": [0.0, 2.0, 4.0],
            "mean_28": [5.0, 6.0, 7.0],
            "discount_mean_28": 0.9,
            "demand_units": [1.0, 2.0, 3.0],  # of a day: the sum's own stays
        }
    )
    windows = pd.DataFrame(
        {
            "series_no": [1, 1],
            "origin": [DAY] * 2,
            "span_days": [7, 14],
            "offered_days": [5, 0],
            "weight_days": [6.0, 0.0],
            "discount_ahead": 0.8,
            "demand_units": [40.0, np.nan],
        }
    )
    rows = with_origin_features(windows, days)
    assert rows["rain_mm_3"].tolist() == [3.0, 3.0] and rows["warning_level_3"].tolist() == [2, 2]
    assert rows["mean_28"].tolist() == [5.0, 5.0]
    assert rows["demand_units"].iloc[0] == 40.0 and np.isnan(rows["demand_units"].iloc[1])
    assert rows["weight_per_day"].iloc[0] == 1.2 and np.isnan(rows["weight_per_day"].iloc[1])
    assert rows["discount_change"].tolist() == pytest.approx([-0.1, -0.1])
    assert known_sums(rows)["span_days"].tolist() == [7]


def test_the_inputs_are_multiples_of_the_level() -> None:
    rows = _rows(4, mean_28=4.9, similar_mean=4.9, mean_7=10.0, discount_ahead=0.5)
    inputs = sum_design_matrix(rows)
    assert list(inputs) == list(SUM_FEATURES)
    assert inputs["mean_7"].tolist() == pytest.approx([2.0] * 4)
    assert inputs["discount_ahead"].tolist() == [0.5] * 4
    assert inputs["mean_28"].tolist() == pytest.approx([4.9] * 4)


def test_the_model_finds_a_ratio_that_every_sum_has() -> None:
    rows, params = _rows(), ModelParams(trees=60, min_rows_per_leaf=20)
    done: list[int] = []
    booster = fit_sum_booster(rows, params, 1, lambda tree, trees: done.append(tree))
    assert done == list(range(1, 61))
    units = predicted_sums(booster, rows, SUM_FEATURES, 1)
    assert units == pytest.approx(rows["demand_units"].to_numpy(), rel=0.02)
    none = predicted_sums(booster, rows.assign(weight_days=0.0), SUM_FEATURES, 1)
    assert (none == 0).all()


def test_the_total_is_drawn_to_the_last_week_as_far_as_few_sums_were_seen() -> None:
    rows = pd.DataFrame({"origin": [DAY] * 6, "span_days": [7, 7, 14, 14, 28, 28]})
    units, usual = np.array([1.0, 3.0] * 3), np.full(6, 8.0)  # 4 forecast, 16 in the last week
    found = steadied(units, usual, rows, {7: 4.0, 14: 12.0})
    half, quarter, whole = 4**0.5, 4**0.25, 4.0
    assert found.tolist() == pytest.approx([half, 3 * half, quarter, 3 * quarter, whole, 3 * whole])
    assert steadied(units, np.zeros(6), rows, {}).tolist() == units.tolist()
    assert steadied(np.zeros(6), usual, rows, {}).tolist() == [0.0] * 6
    other = rows.assign(origin=[DAY, DAY + pd.Timedelta(days=1)] * 3)
    assert steadied(units, usual, other, {})[:2].tolist() == pytest.approx([8.0, 8.0])


def test_sums_in_a_row_are_counted_over_the_days_they_cover() -> None:
    rows = wanted_sums(_pairs("2026-08-01", "2026-08-15"), [7, 14])
    assert windows_in_a_row(rows) == {7: 3.0, 14: 2.0}
    assert windows_in_a_row(rows[:0]) == {}


def test_the_naive_method_of_a_span_is_the_one_with_the_least_error() -> None:
    rows = pd.concat(
        [
            _rows(30, span_days=7, weight_days=7.0, mean_7=3.0, mean_14=4.0, demand_units=21.0),
            _rows(30, span_days=14, weight_days=14.0, mean_7=3.0, mean_14=4.0, demand_units=56.0),
        ],
        ignore_index=True,
    )
    assert naive.best_methods(rows) == {7: "mean_7_days", 14: "mean_14_days"}
    assert naive.best_methods(rows[:0]) == {}


def test_a_naive_sum_takes_another_mean_where_its_own_is_unknown() -> None:
    rows = _rows(2, mean_7=[2.0, np.nan], mean_28=[5.0, 3.0], weight_days=10.0)
    assert naive.naive_sums(rows, "mean_7_days").tolist() == [20.0, 30.0]
    unknown = rows.assign(mean_7=np.nan, mean_28=np.nan, warehouse_category_mean_28=[4.0, np.nan])
    assert naive.naive_sums(unknown, "mean_7_days").tolist() == [40.0, 0.0]


def test_quantiles_describe_series_around_a_total_that_is_right() -> None:
    random = np.random.default_rng(8)
    rows = _rows(3_000, span_days=7)
    forecast = random.uniform(20, 60, len(rows))
    missed = np.array([0.5, 1.0, 2.0])[np.arange(len(rows)) % 3]  # of each origin
    actual = forecast * missed * random.uniform(0.5, 1.5, len(rows))
    found = fit_sum_quantiles(
        rows.assign(demand_units=actual), forecast, (10, 50, 90), QuantileParams()
    )
    units = found.units(np.array([7]), np.array([100.0]), np.array(["fruit"]))
    assert units[0] == pytest.approx([60, 100, 140], abs=4)


def test_few_series_say_little_about_an_origin() -> None:
    forecast, actual, origin = np.ones(11), np.full(11, 4.0), np.ones(11)
    assert centred(forecast, actual, origin, 10.0).tolist() == pytest.approx([2.0] * 11)
    alone = centred(np.array([5.0]), np.array([9.0]), np.array([1]), 10.0)
    assert alone.tolist() == [5.0]


def test_other_series_without_a_sale_leave_the_forecast() -> None:
    nothing = centred(np.ones(2), np.zeros(2), np.array([1, 1]), 0.0)
    unexpected = centred(np.zeros(2), np.ones(2), np.array([1, 1]), 0.0)
    assert nothing.tolist() == [1, 1] and unexpected.tolist() == [0, 0]


def _ratio(value: float) -> RatioQuantiles:
    return RatioQuantiles((50,), (), ((value,),))


@pytest.mark.parametrize(("span", "units"), [(5, 20), (7, 20), (10, 20), (14, 30), (28, 30)])
def test_a_span_without_quantiles_takes_those_of_the_next_shorter_one(
    span: int, units: float
) -> None:
    known = SumQuantiles((50,), {7: _ratio(2.0), 14: _ratio(3.0)})
    found = known.units(np.array([span]), np.array([10.0]), np.array(["fruit"]))
    assert found.tolist() == [[units]]


def test_without_any_span_they_are_those_of_a_count() -> None:
    found = SumQuantiles((50, 90), {}).units(np.array([7]), np.array([100.0]), np.array(["x"]))
    assert found[0] == pytest.approx([100, 112.8], abs=0.1)


def test_a_span_with_few_sums_has_no_quantiles_of_its_own() -> None:
    rows = _rows(200, span_days=np.repeat([7, 14], [180, 20]))
    found = fit_sum_quantiles(rows, rows["demand_units"].to_numpy(), (50,), QuantileParams())
    assert set(found.of_spans) == {7}


def test_sums_are_scored_per_span_and_origin_beside_the_mean_of_seven_days() -> None:
    rows = _rows(600, mean_7=2.0, demand_units=10.0)
    forecast = np.where(rows["span_days"] == 7, 11.0, 9.0)
    scores = score_sums(rows, forecast, "lightgbm", QuantileParams()).set_index(["model", "scope"])
    ours, mean = scores.loc["lightgbm"], scores.loc["mean_7_days"]
    assert set(ours.index) == {"sum_7d", "sum_14d"} and len(ours) == 6
    assert ours.loc["sum_7d", "wpe"].tolist() == pytest.approx([0.1] * 3)
    assert ours.loc["sum_14d", "wpe"].tolist() == pytest.approx([-0.1] * 3)
    assert ours.loc["sum_14d", "wape"].tolist() == pytest.approx([0.1] * 3)
    assert mean.loc["sum_7d", "wpe"].tolist() == pytest.approx([0.4] * 3)  # 7 × 2, not 10
    assert ours["rows"].tolist() == [100] * 6
    # every sum is what its total says, so the quantile is the forecast: 11 for 10, and 9 for 10
    assert ours.loc["sum_7d", "coverage"].tolist() == [1.0] * 3
    assert ours.loc["sum_14d", "coverage"].tolist() == [0.0] * 3 and mean["coverage"].isna().all()


def _three_days(**columns: Any) -> pd.DataFrame:
    given = {"warehouse_id": ["w"], "sku_id": ["s"], "mean_units": [6.0], "sold_units": [5.0]}
    return pd.DataFrame(given | {"p50_units": [6.0]} | columns)


def _sums(means: list[float], offered: list[float], offered_3: float = 3) -> pd.DataFrame:
    spans = list(SUM_HORIZONS)[: len(means)]
    return pd.DataFrame(
        {
            "warehouse_id": "w",
            "sku_id": "s",
            "span_days": spans,
            "offered_days": offered,
            "offered_days_3": offered_3,
            "mean_units": means,
            "sold_units": means,
            "p50_units": means,
        }
    )


def test_sums_do_not_fall_and_do_not_stay_below_the_72_hours() -> None:
    found = rising_sums(
        _three_days(),
        _sums([4.0, 9.0, 8.0], [5, 7, 10]).iloc[::-1],
        ["mean_units", "sold_units", "p50_units"],
    )
    assert found["span_days"].tolist() == [5, 7, 10]
    assert found["mean_units"].tolist() == [6.0, 9.0, 9.0]
    assert found["sold_units"].tolist() == [5.0, 9.0, 9.0]


def test_a_sum_without_a_further_day_on_offer_is_that_of_72_hours() -> None:
    found = rising_sums(_three_days(), _sums([7.0, 8.0], [2, 2], 2), ["mean_units", "p50_units"])
    assert found["mean_units"].tolist() == [6.0, 6.0]
    comes_back = rising_sums(
        _three_days(mean_units=[0.0], p50_units=[0.0]), _sums([0.0, 8.0], [0, 2], 0), ["mean_units"]
    )
    assert comes_back["mean_units"].tolist() == [0.0, 8.0]


def test_series_are_kept_apart() -> None:
    both = pd.concat([_sums([20.0], [5]), _sums([7.0], [5]).assign(sku_id="t")])
    first = pd.concat([_three_days(), _three_days(sku_id=["t"])])
    assert rising_sums(first, both, ["mean_units"])["mean_units"].tolist() == [20.0, 7.0]


def test_a_young_series_keeps_the_rate_of_its_72_hours() -> None:
    windows = pd.DataFrame({"weight_days": [7.0, 6.0, 7.0], "weight_days_3": [3.5, 1.5, 0.0]})
    found = from_daily_rate(windows, pd.Series([7.0, 3.0, 0.0]))
    assert found[:2].tolist() == [14.0, 12.0] and np.isnan(found[2])


def test_sales_are_the_share_of_demand_that_the_72_hours_sell() -> None:
    first = pd.DataFrame({"mean_units": [10.0, 0.0, 4.0], "sold_units": [8.0, 0.0, 5.0]})
    assert expected_sales(np.array([50.0, 3.0, 6.0]), first).tolist() == [40.0, 3.0, 6.0]


def test_the_sum_of_a_launch_is_its_rate_on_the_days_on_offer() -> None:
    launches = pd.DataFrame(
        {
            "warehouse_id": "w",
            "sku_id": ["soon", "now", "short"],
            "category": "fruit",
            "launched_on": [date(2026, 9, 8), date(2026, 9, 4), date(2026, 9, 6)],
            "delisted_on": [None, None, date(2026, 9, 10)],
            "has_sold": False,
            "similar_units": 10.0,
        }
    )
    days = launch_units(launches, DAY, 0.5, LAUNCHES).groupby("sku_id")["mean_units"].sum()
    sums = launch_sums(launches, DAY, 0.5, [5, 28], LAUNCHES).set_index(["sku_id", "span_days"])
    assert sums["offered_days"].to_dict() == {
        ("soon", 5): 3, ("now", 5): 5, ("short", 5): 5,
        ("soon", 28): 26, ("now", 28): 28, ("short", 28): 5,
    }  # fmt: skip
    assert sums.loc[("soon", 5), "offered_days_3"] == 1 and days["soon"] == 5.0
    assert sums.loc[("soon", 28), "mean_units"] == 26 * 5.0
    rate = 0.5 * 10 * 3 / (2 + 3)  # two days on offer without a sale
    assert days["now"] == pytest.approx(3 * rate)
    assert sums.loc[("now", 28), "mean_units"] == pytest.approx(28 * rate)
    assert sums.loc[("short", 28), "mean_units"] == 5 * 5.0
