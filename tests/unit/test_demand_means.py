"""What the demand model is shown, and the means that stand in for it, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.demand import NO_MODEL, SHORT_HISTORY, forecast, inputs, mean_of_days, shrunk_mean
from models.features.demand import FEATURES
from models.params.demand import ModelParams

PARAMS = ModelParams(prior_days=3.0, short_history_days=7)


def row(**known: float) -> pd.DataFrame:
    """One row of features, unknown but for those named."""
    values = dict.fromkeys(FEATURES, np.nan) | {"panel_days": 60.0} | known
    return pd.DataFrame([values])


def test_the_own_past_is_shown_as_multiples_of_the_level() -> None:
    shown = inputs(row(mean_28=3.9, mean_7=8.0, same_weekday_1=2.0, discount_target=0.8))
    assert list(shown.columns) == list(FEATURES)
    assert shown.loc[0, "mean_7"] == pytest.approx(8.0 / 4.0)
    assert shown.loc[0, "same_weekday_1"] == pytest.approx(0.5)
    assert shown[["mean_28", "discount_target"]].to_numpy().tolist() == [[3.9, 0.8]]


@pytest.mark.parametrize(
    ("known", "units"),
    [
        ({"panel_days": 3, "mean_7": 4.0, "warehouse_category_mean_28": 2.0}, 3.0),
        ({"panel_days": 1, "mean_7": 10.0, "warehouse_category_mean_28": 2.0}, 4.0),
        ({"panel_days": 2, "warehouse_category_mean_28": 2.0}, 2.0),  # days told nothing
        ({"panel_days": 3, "mean_7": 4.0, "warehouse_mean_28": 1.0}, 2.5),  # new category
    ],
)
def test_a_young_series_is_drawn_towards_its_category(known: dict, units: float) -> None:
    assert shrunk_mean(row(**known), PARAMS).tolist() == pytest.approx([units])
    made = forecast(row(**known), None, PARAMS, 1)
    assert made.mean_units.tolist() == pytest.approx([units])
    assert made.fallback.tolist() == [SHORT_HISTORY]


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
