"""What the demand model is shown, and the means that stand in for it, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.demand.feature_names import FEATURES
from models.demand.forecast import (
    NO_MODEL,
    SHORT_HISTORY,
    Boosters,
    design_matrix,
    forecast,
    hash_sample,
    level_units,
    shrunk_mean,
)
from models.demand.naive_forecasts import MEAN_OF_DAYS, best_method, mean_of_days
from models.params.demand import ModelParams

PARAMS = ModelParams(prior_days=3.0, short_history_days=7)


def row(**known: float) -> pd.DataFrame:
    """One row of features, unknown but for those named."""
    values = dict.fromkeys(FEATURES, np.nan) | {"panel_days": 60.0} | known
    return pd.DataFrame([values])


def test_the_own_past_is_shown_as_multiples_of_the_level() -> None:
    known = {"mean_28": 3.9, "similar_mean": 3.9, "mean_7": 8.0, "same_weekday_1": 2.0}
    shown = design_matrix(row(**known, discount_target=0.8))
    assert list(shown.columns) == list(FEATURES)
    assert shown.loc[0, "mean_7"] == pytest.approx(8.0 / 4.0)
    assert shown.loc[0, "same_weekday_1"] == pytest.approx(0.5)
    assert shown.loc[0, ["mean_28", "discount_target"]].tolist() == pytest.approx([3.9, 0.8])


def test_rows_over_the_limit_are_taken_by_hash_whatever_their_order() -> None:
    days = pd.date_range("2026-09-01", periods=30, unit="us")
    keys = [(series, day, ahead) for series in range(40) for day in days for ahead in (1, 2, 3)]
    rows = pd.DataFrame(keys, columns=["series_no", "origin", "horizon"])
    assert hash_sample(rows, 3_600) is rows
    assert 3_300 < len(hash_sample(rows, 3_500)) < 3_600  # not half of them
    some = hash_sample(rows, 1_200)
    assert 1_000 < len(some) < 1_400
    for column in rows:  # no series, day or horizon is left out, none is taken more than others
        counts = some[column].value_counts()
        assert set(counts.index) == set(rows[column])
        assert counts.max() < 3 * rows[column].value_counts().iloc[0] / 5
    mixed = hash_sample(rows.sample(frac=1.0, random_state=1), 1_200)
    pd.testing.assert_frame_equal(mixed.sort_index(), some)


@pytest.mark.parametrize(
    ("known", "level"),
    [
        ({"panel_days": 1, "mean_28": 8.0, "similar_mean": 4.0}, (1 * 8 + 3 * 4) / 4),
        ({"panel_days": 3, "mean_28": 8.0, "similar_mean": 4.0}, 6.0),
        ({"panel_days": 56, "mean_28": 8.0, "similar_mean": 4.0}, (28 * 8 + 3 * 4) / 31),
        ({"panel_days": 5, "similar_mean": 4.0}, 4.0),  # sold out since its first day
        ({"panel_days": 9, "mean_28": 0.0, "similar_mean": 0.0}, 0.0),
    ],
)
def test_a_series_without_days_of_its_own_has_the_level_of_its_like(
    known: dict, level: float
) -> None:
    assert level_units(row(**known)).tolist() == pytest.approx([level + 0.1])


@pytest.mark.parametrize(
    ("known", "units"),
    [
        ({"panel_days": 3, "mean_7": 4.0, "similar_mean": 2.0}, 3.0),
        ({"panel_days": 1, "mean_7": 10.0, "similar_mean": 2.0}, 4.0),
        ({"panel_days": 2, "similar_mean": 2.0}, 2.0),  # days told nothing
    ],
)
def test_without_a_model_a_young_series_is_drawn_towards_its_like(
    known: dict, units: float
) -> None:
    assert shrunk_mean(row(**known), PARAMS).tolist() == pytest.approx([units])
    made = forecast(row(**known), None, PARAMS, 1)
    assert made.mean_units.tolist() == pytest.approx([units])
    assert made.fallback.tolist() == [NO_MODEL]


@pytest.mark.parametrize(
    ("known", "units"),
    [
        (
            {
                "mean_7": 4.0,
                "same_weekday_1": 6.0,
                "same_weekday_2": 10.0,
                "same_weekday_mean": 8.0,
            },
            6,
        ),
        ({"mean_7": 4.0, "same_weekday_1": 6.0, "same_weekday_mean": 6.0}, 4),  # known once only
        ({"warehouse_category_mean_28": 2.0}, 2),
        ({}, 0),
    ],
)
def test_without_a_model_the_same_weekday_and_the_week_count_half_each(
    known: dict, units: float
) -> None:
    assert mean_of_days(row(**known)).tolist() == [units]
    assert forecast(row(**known), None, PARAMS, 1).fallback.tolist() == [NO_MODEL]


@pytest.mark.parametrize(
    ("sold_mean_28", "sold"),
    [(2.0, 3.0), (4.0, 6.0), (5.0, 6.0), (np.nan, 6.0)],  # half of demand, all, more, unknown
)
def test_where_means_stand_in_sales_are_the_part_of_demand_sold_before(
    sold_mean_28: float, sold: float
) -> None:
    made = forecast(row(mean_7=6.0, mean_28=4.0, sold_mean_28=sold_mean_28), None, PARAMS, 1)
    assert made.mean_units.tolist() == [6.0]
    assert made.sold_units.tolist() == pytest.approx([sold])


class Says:
    """Stands for a booster: multiples of the level, row by row."""

    def __init__(self, *values: float) -> None:
        self.values = np.array(values)

    def predict(self, seen: pd.DataFrame, **_: object) -> np.ndarray:
        return self.values[: len(seen)]


def asked(demand: list[float], sold: list[float], **known: float) -> tuple[list[float], list[str]]:
    rows = pd.concat([row(mean_28=0.9, similar_mean=0.9, **known)] * len(demand))
    boosters = Boosters(Says(*demand), Says(*sold), tuple(FEATURES))  # type: ignore[arg-type]
    made = forecast(rows, boosters, PARAMS, 1)
    assert made.mean_units.tolist() == pytest.approx(demand), "demand is not touched"
    return made.sold_units.tolist(), made.fallback.tolist()


def test_sales_are_no_more_than_demand_and_as_much_on_the_whole() -> None:
    """Sales of 1 and 3 where 2 and 2 are wanted: both hold with all of it sold."""
    assert asked([2.0, 2.0], [1.0, 3.0])[0] == pytest.approx([2.0, 2.0], abs=1e-4)
    assert asked([4.0, 2.0, 1.0], [2.0, 2.2, 0.9])[0] == pytest.approx([2.1, 2.0, 0.945], abs=0.06)
    sold, _ = asked([4.0, 2.0, 1.0], [2.0, 2.2, 0.9])
    assert sum(sold) == pytest.approx(5.1, abs=1e-3)
    assert asked([4.0, 2.0], [3.0, 1.0])[0] == pytest.approx([3.0, 1.0], abs=1e-4), "none cut"


def test_a_young_series_is_asked_of_the_model_and_marked() -> None:
    assert asked([2.0], [1.0], panel_days=3)[1] == [SHORT_HISTORY]
    assert asked([2.0], [1.0], panel_days=7)[1] == [""]


def backtest_of(sold: list[float]) -> pd.DataFrame:
    """Rows of features of one series, one and two weeks of it known by each origin."""
    known = pd.Series(sold)
    rows = []
    for at in range(14, len(sold) - 3):
        past = known[: at + 1]
        for ahead in (1, 2, 3):
            weekday = [
                past.iloc[at + ahead - 7 * weeks] for weeks in (1, 2) if at + ahead >= 7 * weeks
            ]
            values = dict.fromkeys(FEATURES, np.nan) | {
                "series_no": 1,
                "origin": pd.Timestamp("2026-09-01") + pd.Timedelta(days=at),
                "horizon": ahead,
                "sold_units": known[at + ahead],
                "in_stock_share": 1.0,
                "same_weekday_1": weekday[0],
                "same_weekday_2": weekday[1],
                "same_weekday_mean": float(np.mean(weekday)),
                **{f"mean_{days}": float(past[-days:].mean()) for days in (3, 7, 14, 28)},
            }
            rows.append(values)
    return pd.DataFrame(rows)


_WEEK = [4.0, 1.0, 1.0, 9.0, 2.0, 3.0, 8.0]


@pytest.mark.parametrize(
    ("sold", "method"),
    [
        (_WEEK * 4, "same_weekday_mean"),
        ([day * week for week in (1, 2, 3, 4) for day in _WEEK], "same_day_last_week"),
        ([20.0] * 14 + [5.0] * 14, "mean_3_days"),
        ([0.0] * 28, MEAN_OF_DAYS),
    ],
    ids=["weekdays", "growing_weekdays", "level", "no_sale"],
)
def test_the_mean_that_the_backtest_prefers(sold: list[float], method: str) -> None:
    assert best_method(backtest_of(sold)) == method


def test_without_a_model_the_named_mean_is_the_forecast() -> None:
    rows = row(mean_7=2.0, mean_28=6.0, same_weekday_1=4.0)
    for name, units in (("mean_28_days", 6.0), ("same_day_last_week", 4.0), ("mean_14_days", 2.0)):
        assert forecast(rows, None, PARAMS, 1, name).mean_units.tolist() == [units]
