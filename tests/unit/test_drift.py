"""The watch on the demand model, by numbers worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.demand.drift import error_drift
from models.demand.drift.input_drift import (
    WATCHED,
    compare_features,
    feature_reference,
    population_stability,
)
from models.demand.drift.wording import drift_section, judge_drift
from models.demand.feature_names import DAY
from models.params.drift import ErrorDriftParams, InputDriftParams

SMALL = InputDriftParams(bins=4, min_rows=4)
BAND = ErrorDriftParams()
FIRST = pd.Timestamp(2026, 9, 1)


def test_the_index_of_two_distributions() -> None:
    """(.25 − .5)·ln(.5) + (.75 − .5)·ln(1.5) = .1733 + .1014."""
    even, shifted = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert population_stability(even, shifted, 0.001) == pytest.approx(0.2747, abs=1e-4)
    assert population_stability(even, even, 0.001) == 0
    # (0.01 − .5)·ln(.02) + (1 − .5)·ln 2: an empty bin is no infinity
    empty = population_stability(even, np.array([0.0, 1.0]), 0.01)
    assert empty == pytest.approx(0.49 * np.log(50) + 0.5 * np.log(2))


def frame(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=float)


def days(*lengths: int) -> pd.Series:
    repeated = [FIRST + timedelta(days=i) for i, n in enumerate(lengths) for _ in range(n)]
    return pd.Series(repeated)


def of(found: pd.DataFrame, name: str) -> dict[str, Any]:
    (row,) = found[found["name"] == name].to_dict("records")
    return row


def test_a_reference_holds_bins_shares_and_how_unusual_a_day_may_be() -> None:
    """Eight values, two days of four: the first day has the lower half only."""
    seen = frame(rain_mm=[1, 2, 3, 4, 5, 6, 7, 8])
    carried = feature_reference(seen, days(4, 4), SMALL)["rain_mm"]
    assert carried["edges"] == [2, 4, 6] and carried["shares"] == [0.25] * 4
    assert (carried["lowest"], carried["highest"], carried["mean"]) == (1, 8, 4.5)
    half = np.array([0.5, 0.5, 0, 0])
    expected = population_stability(np.full(4, 0.25), half, SMALL.least_share)
    assert carried["usual_psi"] == pytest.approx(expected)
    assert carried["missing"] == carried["usual_missing"] == 0


@pytest.mark.parametrize(
    ("asked", "alarm"),
    [
        ([1, 3, 5, 7], False),  # as in the fit
        ([1, 1, 2, 2], False),  # as unusual as the first day of the fit was
        ([9, 9, 9, 9], False),  # a quarter of the range beyond it: still near
        ([1, 3, 5, 99], True),  # far outside
        ([np.nan, 3, 5, 7], True),  # a quarter missing, never in the fit
    ],
)
def test_a_day_is_held_against_the_most_unusual_day_of_the_fit(
    asked: list[float], alarm: bool
) -> None:
    carried = feature_reference(frame(mean_7=[1, 2, 3, 4, 5, 6, 7, 8]), days(4, 4), SMALL)
    assert of(compare_features(frame(mean_7=asked), carried, SMALL), "mean_7")["is_alarm"] is alarm


def test_a_shift_no_day_of_the_fit_had_is_an_alarm() -> None:
    for name, alarm in (("mean_7", True), ("rain_mm", False)):  # it may rain everywhere
        carried = feature_reference(frame(**{name: [1, 2, 3, 4] * 2}), days(4, 4), SMALL)
        assert carried[name]["usual_psi"] == 0
        row = of(compare_features(frame(**{name: [4, 4, 4, 4]}), carried, SMALL), name)
        assert row["is_alarm"] is alarm and row["outside_share"] == 0 and row["psi"] > 1


def test_a_platform_that_grows_does_not_drift_and_a_calendar_is_not_watched() -> None:
    assert not set(WATCHED) & set(DAY)
    carried = feature_reference(frame(mean_28=[1, 2, 3, 4] * 2), days(4, 4), SMALL)
    row = of(compare_features(frame(mean_28=[100, 200, 300, 400]), carried, SMALL), "mean_28")
    assert row["psi"] == 0 and not row["is_alarm"]


def test_too_few_rows_and_unknown_features_are_not_compared() -> None:
    carried = feature_reference(frame(rain_mm=[1, 2, 3, 4]), days(4), SMALL)
    assert compare_features(frame(rain_mm=[9, 9, 9]), carried, SMALL).empty
    none = feature_reference(frame(rain_mm=[np.nan] * 4), days(4), SMALL)
    row = of(compare_features(frame(rain_mm=[1, 2, 3, 4]), none, SMALL), "rain_mm")
    assert not row["is_alarm"] and pd.isna(row["psi"])  # fitted without: it cannot be missed


@pytest.mark.parametrize(
    ("recent", "backtest", "limit"),
    [
        ([], 0.30, 0.45),  # 150 % of the backtest while there are no own days
        ([0.2, 0.3, 0.3, 0.3, 0.3, 0.4], 0.30, 0.45),  # six days are too few
        ([], np.nan, np.nan),  # nothing to go by
        ([0.29, 0.30, 0.30, 0.30, 0.30, 0.30, 0.31], 0.30, 0.345),  # MAD 0: 3 · 5 % of .30
        # median .30, MAD .02: .30 + 3 · 1.4826 · .02
        ([0.28, 0.28, 0.30, 0.32, 0.32, 0.30, 0.27], 0.30, 0.388956),
        ([0.20] * 7, 0.30, 0.33),  # better than the backtest: its 110 %
        ([0.60] * 7, 0.30, 0.45),  # crept up: no more than its 150 %
        ([0.20] * 7, np.nan, 0.23),
    ],
)
def test_the_limit_of_a_day(recent: list[float], backtest: float, limit: float) -> None:
    assert error_drift.limit_wape(np.array(recent), backtest, BAND) == pytest.approx(
        limit, nan_ok=True
    )


def judged(wapes: list[float | None], expected: float = 0.30) -> list[tuple[int, bool]]:
    """bad_days and is_alarm of each day in turn; None: not scored."""
    past = pd.DataFrame(columns=["as_of", "kind", "name", "wape", "bad_days"])
    found = []
    for number, wape in enumerate(wapes):
        if wape is None:
            continue
        day = FIRST + timedelta(days=number)
        row = {"kind": "demand_error", "name": "day_1", "rows": 100, "wape": wape}
        scores = pd.DataFrame([row | {"forecast_as_of": day}])
        backtest = pd.DataFrame(
            [{"forecast_as_of": day, "scope": "in_stock_days", "wape": expected}]
        )
        made = error_drift.flag_bad_days(scores, past, backtest, BAND).assign(as_of=day)
        past = pd.concat([past, made[list(past.columns)]]) if len(past) else made[[*past.columns]]
        found.append((int(made["bad_days"].iloc[0]), bool(made["is_alarm"].iloc[0])))
    return found


def test_one_bad_day_is_noise_and_three_in_succession_are_an_alarm() -> None:
    assert judged([0.3, 0.9, 0.3, 0.9, 0.9, 0.3]) == [
        (0, False),
        (1, False),
        (0, False),
        (1, False),
        (2, False),
        (0, False),
    ]
    assert judged([0.9, 0.9, 0.9, 0.9]) == [(1, False), (2, False), (3, True), (4, True)]
    assert judged([0.9, None, 0.9, None, 0.9]) == [(1, False), (2, False), (3, True)]


def test_bad_days_do_not_become_usual() -> None:
    assert judged([0.3] * 7 + [0.9] * 20)[-1] == (20, True)
    assert judged([0.3] * 7 + [0.9] * 20, np.nan)[-1] == (20, True)  # nor without a backtest


def test_a_day_of_few_series_says_nothing() -> None:
    row = {"kind": "demand_error", "name": "day_1", "rows": 29, "wape": 9.0}
    scores = pd.DataFrame([row | {"forecast_as_of": FIRST}])
    past = pd.DataFrame(columns=["as_of", "kind", "name", "wape", "bad_days"])
    backtest = pd.DataFrame([{"forecast_as_of": FIRST, "scope": "in_stock_days", "wape": 0.3}])
    assert error_drift.flag_bad_days(scores, past, backtest, BAND)["bad_days"].tolist() == [0]


def test_a_forecast_is_scored_on_what_it_was_about() -> None:
    """Three series: wholly on sale, sold out in part, not offered."""
    line = {"horizon": "day_1", "forecast_as_of": date(2026, 9, 4), "target_day": date(2026, 9, 5)}
    line |= {"model_version": "m", "fallback": None, "p10_units": 2.0, "p90_units": 9.0}
    line |= {"demand_units": None, "last_week_units": 8.0, "last_7_days_units": None}
    lines = pd.DataFrame(
        [
            line
            | {"mean_units": 6, "forecast_sold_units": 6, "sold_units": 4, "in_stock_share": 1},
            line
            | {"mean_units": 9, "forecast_sold_units": 5, "sold_units": 1, "in_stock_share": 0.5}
            | {"fallback": "short_history"},
            line
            | {
                "mean_units": 3,
                "forecast_sold_units": 3,
                "sold_units": 0,
                "in_stock_share": np.nan,
            },
        ]
    )
    found = error_drift.score_issued_forecasts(lines).set_index("kind")
    demand, sales = found.loc["demand_error"], found.loc["sales_error"]
    assert (demand["rows"], demand["wape"], demand["wpe"]) == (1, 0.5, 0.5)
    assert (demand["wape_same_day_last_week"], demand["wape_mean_7_days"]) == (1.0, 1.0)
    assert (demand["below_p10"], demand["coverage_p90"]) == (0.0, 1.0)
    assert (sales["rows"], sales["wape"]) == (2, pytest.approx(6 / 5))
    assert sales["fallback_share"] == 0.5 and pd.isna(sales["coverage_p90"])


def test_what_the_run_card_tells_is_grouped_and_judged() -> None:
    columns = ["kind", "name", "psi", "missing_share", "outside_share", "wape", "bad_days"]
    columns += ["reason", "reason_zh", "is_alarm", "wpe", "coverage_p90", "backtest_wape"]
    columns += ["limit_wape", "wape_same_day_last_week", "wape_mean_7_days"]
    columns += ["target_day", "forecast_as_of"]
    alarm = {"kind": "input", "is_alarm": True, "reason": "x", "reason_zh": "甲", "psi": 1.0}
    error = {"kind": "demand_error", "name": "day_1", "wape": 0.9, "wpe": 0.1, "bad_days": 3}
    error |= {"reason": "bad", "reason_zh": "乙", "is_alarm": True, "coverage_p90": 0.5}
    error |= {"limit_wape": 0.4, "backtest_wape": 0.3, "wape_same_day_last_week": 0.5}
    error |= {"wape_mean_7_days": 0.4, "target_day": FIRST, "forecast_as_of": FIRST}
    names = ["rain_mm", "own_looks_rise_1", "in_stock_lag_0", "mean_7", "mean_3", "demand_lag_0"]
    rows = [alarm | {"name": name} for name in [*names, "demand_lag_1"]]
    section = drift_section(pd.DataFrame([*rows, error], columns=columns))
    assert [group["group"] for group in section["inputs"]] == [
        "weather",
        "browsing and searches",
        "hours on sale",
        "sales of the SKU itself",
    ]
    assert section["inputs"][-1]["features"] == 4 and len(section["inputs"][-1]["worst"]) == 3
    assert section["yesterday"]["naive_wape"] == 0.4 and section["yesterday"]["is_bad"]
    reasons = judge_drift(section)
    assert [reason.code for reason in reasons] == ["inputs_drift", "error_drift"]
    assert "天气、浏览与搜索、在售时长" in reasons[0].message_zh and "乙" in reasons[1].message_zh
    nothing = drift_section(pd.DataFrame(columns=columns))
    assert nothing == {"yesterday": None, "inputs": [], "errors": []}
    assert judge_drift(nothing) == []


def test_a_day_is_held_against_the_backtest_of_its_own_model_and_scope() -> None:
    other = FIRST - timedelta(days=1)
    backtest = pd.DataFrame(
        [
            {"forecast_as_of": FIRST, "scope": "all_days", "wape": 0.7},
            {"forecast_as_of": other, "scope": "in_stock_days", "wape": 0.5},
            {"forecast_as_of": FIRST, "scope": "in_stock_days", "wape": 0.2},
            {"forecast_as_of": FIRST, "scope": "sum_72h", "wape": 0.1},
        ]
    )
    row = {"rows": 100, "wape": 0.29, "forecast_as_of": FIRST}
    kinds = [("demand_error", "day_1"), ("sales_error", "day_1"), ("sales_error", "sum_72h")]
    kinds.append(("demand_error", "sum_72h"))
    scores = pd.DataFrame([row | {"kind": kind, "name": name} for kind, name in kinds])
    past = pd.DataFrame(columns=["as_of", "kind", "name", "wape", "bad_days"])
    found = error_drift.flag_bad_days(scores, past, backtest, BAND)
    assert found["backtest_wape"].tolist() == pytest.approx([0.2, 0.7, 0.1, np.nan], nan_ok=True)
    assert found["limit_wape"].tolist() == pytest.approx([0.3, 1.05, 0.15, np.nan], nan_ok=True)
    assert found["bad_days"].tolist() == [0, 0, 1, 0]


def test_a_limit_has_six_decimals() -> None:
    assert error_drift.limit_wape(np.array([]), 1 / 7, BAND) == 0.214286
    assert error_drift.limit_wape(np.array([1 / 7] * 7), np.nan, BAND) == 0.164286


def test_a_day_at_its_limit_of_just_enough_rows_is_not_bad() -> None:
    row = {"kind": "demand_error", "name": "day_1", "forecast_as_of": FIRST, "rows": BAND.min_rows}
    scores = pd.DataFrame([row | {"wape": wape} for wape in (0.45, 0.450001)])
    past = pd.DataFrame(columns=["as_of", "kind", "name", "wape", "bad_days"])
    backtest = pd.DataFrame([{"forecast_as_of": FIRST, "scope": "in_stock_days", "wape": 0.3}])
    assert error_drift.flag_bad_days(scores, past, backtest, BAND)["bad_days"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("asked", "alarm"),
    [
        ([1.0] * 9 + [np.nan], False),  # a tenth missing, none in the fit: the limit itself
        ([1.0] * 8 + [np.nan] * 2, True),
        ([1.0] * 49 + [99.0], False),  # a fiftieth outside: the limit itself
        ([1.0] * 48 + [99.0] * 2, True),
        ([1.0] * 49 + [-99.0], False),
        ([1.0] * 48 + [-99.0] * 2, True),
    ],
)
def test_what_may_be_missing_or_outside_is_a_limit(asked: list[float], alarm: bool) -> None:
    """Fitted on 0 and 1; weather, of which no shift is an alarm."""
    params = InputDriftParams(bins=2, min_rows=4)
    carried = feature_reference(frame(rain_mm=[0.0, 1.0] * 4), days(8), params)
    row = of(compare_features(frame(rain_mm=asked), carried, params), "rain_mm")
    assert row["is_alarm"] is alarm


@pytest.mark.parametrize(
    ("value", "outside"), [(10.0, 0.0), (10.01, 1.0), (-2.0, 0.0), (-2.01, 1.0)]
)
def test_a_quarter_of_the_fitted_range_is_left_on_both_sides(value: float, outside: float) -> None:
    carried = feature_reference(frame(mean_7=[0, 2, 4, 6, 8]), days(5), SMALL)
    row = of(compare_features(frame(mean_7=[value] * 4), carried, SMALL), "mean_7")
    assert row["outside_share"] == outside


def test_a_day_of_few_rows_is_not_usual() -> None:
    """Its three rows lie in one bin; only days of four rows say how unusual a day may be."""
    values = [1, 2, 3, 4, 4, 4, 4]
    few = feature_reference(frame(rain_mm=values), days(4, 3), SMALL)["rain_mm"]
    enough = InputDriftParams(bins=4, min_rows=3)
    more = feature_reference(frame(rain_mm=values), days(4, 3), enough)["rain_mm"]
    assert 0 < few["usual_psi"] < more["usual_psi"]
    none = InputDriftParams(bins=4, min_rows=5)
    assert feature_reference(frame(rain_mm=values), days(4, 3), none)["rain_mm"]["usual_psi"] == 0


def test_missing_values_of_the_worst_day_are_usual() -> None:
    nan = np.nan
    values = [1, 2, 3, 4, nan, nan, nan, 4]
    carried = feature_reference(frame(mean_7=values), days(4, 4), SMALL)["mean_7"]
    assert (carried["missing"], carried["usual_missing"]) == (3 / 8, 3 / 4)
    assert carried["mean"] == 14 / 5 and carried["shares"] == pytest.approx(
        np.array(carried["shares"]) / sum(carried["shares"])
    )
    row = of(
        compare_features(frame(mean_7=[1, nan, nan, nan]), {"mean_7": carried}, SMALL), "mean_7"
    )
    assert (row["missing_share"], row["usual_missing_share"], row["rows"]) == (0.75, 0.75, 4)
    assert not row["is_alarm"], "three known values are too few to judge a shift"


def test_a_level_is_compared_as_multiples_of_the_mean_of_its_day() -> None:
    """The second day sells ten times as much; a day on which nothing sold has no multiples."""
    seen = frame(mean_28=[1, 3, 10, 30, 0, 0])
    carried = feature_reference(seen, days(2, 2, 2), InputDriftParams(bins=2, min_rows=2))[
        "mean_28"
    ]
    assert (carried["lowest"], carried["highest"], carried["mean"]) == (0.5, 1.5, 1.0)
    assert carried["missing"] == pytest.approx(1 / 3) and carried["usual_missing"] == 1
    assert carried["edges"] == [0.5] and carried["shares"] == [0.5, 0.5]


def test_a_feature_with_one_value_has_one_bin() -> None:
    carried = feature_reference(frame(rain_mm=[2] * 4), days(4), SMALL)["rain_mm"]
    assert (carried["edges"], carried["shares"], carried["usual_psi"]) == ([], [1.0], 0)


def test_only_the_last_days_say_what_is_normal() -> None:
    """Of three days, the last two; a day without a score is none of them."""
    params = ErrorDriftParams(recent_days=2, min_recent_days=2, min_rows=1)
    row = {"kind": "demand_error", "name": "day_1"}
    wapes = {0: 0.9, 1: 0.2, 2: np.nan, 3: 0.2}
    past = pd.DataFrame(
        [row | {"as_of": FIRST + timedelta(days=n), "wape": w, "bad_days": 0}
         for n, w in reversed(wapes.items())]
    )  # fmt: skip
    other = past.assign(name="day_2", wape=5.0)
    scores = pd.DataFrame([row | {"rows": 1, "wape": 0.24, "forecast_as_of": FIRST}])
    none = pd.DataFrame(columns=["forecast_as_of", "scope", "wape"])
    (found,) = error_drift.flag_bad_days(scores, pd.concat([other, past]), none, params).to_dict(
        "records"
    )
    assert (found["limit_wape"], found["bad_days"]) == (pytest.approx(0.23), 1)


def test_lines_without_an_actual_or_a_forecast_are_not_scored() -> None:
    line = {"horizon": "sum_72h", "forecast_as_of": FIRST, "target_day": FIRST, "fallback": None}
    line |= {"model_version": "m", "mean_units": 6.0, "forecast_sold_units": 5.0}
    line |= {"p10_units": 4.0, "p90_units": 9.0, "sold_units": 4.0, "demand_units": 8.0}
    line |= {"in_stock_share": 0.5, "last_week_units": 6.0, "last_7_days_units": 8.0}
    lines = pd.DataFrame(
        [line, line | {"demand_units": 4.0}, line | {"demand_units": np.nan, "sold_units": 6.0},
         line | {"mean_units": np.nan, "forecast_sold_units": np.nan},
         line | {"demand_units": 3.0, "mean_units": 3.0, "fallback": "no_model"}]
    )  # fmt: skip
    found = error_drift.score_issued_forecasts(lines).set_index("kind")
    demand, sales = found.loc["demand_error"], found.loc["sales_error"]
    assert (demand["rows"], sales["rows"]) == (3, 4)
    assert demand["wape"] == pytest.approx((2 + 2 + 0) / 15)
    assert demand["wpe"] == pytest.approx((-2 + 2 + 0) / 15)
    assert demand["wape_mean_7_days"] == pytest.approx((0 + 4 + 5) / 15)
    assert demand["below_p10"] == pytest.approx(1 / 3), "at the quantile is not below it"
    assert demand["coverage_p90"] == 1 and demand["fallback_share"] == pytest.approx(1 / 3)
    assert sales["wape"] == pytest.approx((1 + 1 + 1 + 1) / (4 + 4 + 6 + 4))
    empty = error_drift.score_issued_forecasts(lines.assign(in_stock_share=np.nan))
    assert empty["rows"].tolist() == [0, 0] and empty["wape"].isna().all()
    assert empty["fallback_share"].isna().all() and empty["target_day"].isna().all()
