"""What a forecast line does without: the order of gravity, and weather that is made up for."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data_contracts.codes.demand import ForecastFallback
from models.demand.fallbacks import (
    code_of_severity,
    lacks_weather,
    severity,
    weather_features_used,
    with_fallback,
    with_recent_weather,
)
from models.demand.feature_names import WEATHER
from models.demand.forecast import Boosters
from models.registry.fit_errors import FitError, named_failures


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["", ""], ""),
        (["", "no_weather"], "no_weather"),
        (["no_weather", "last_good_model"], "last_good_model"),
        (["last_good_model", "short_history", "no_weather"], "short_history"),
        (["short_history", "no_model"], "no_model"),
    ],
)
def test_a_line_carries_the_gravest_of_its_codes(codes: list[str], expected: str) -> None:
    lines = pd.DataFrame({"line": 1, "gravity": severity(pd.Series(codes))})
    assert code_of_severity(lines.groupby("line")["gravity"].min()).tolist() == [expected]


def test_the_order_is_that_of_the_code_list() -> None:
    assert ForecastFallback.values() == [
        "no_model",
        "new_product",
        "short_history",
        "last_good_model",
        "no_weather",
    ]
    have = np.array(["", "no_weather", "last_good_model", "short_history", "no_model"], object)
    every = np.ones(5, dtype=bool)
    assert with_fallback(have, every, "last_good_model").tolist() == [
        "last_good_model",
        "last_good_model",
        "last_good_model",
        "short_history",
        "no_model",
    ]
    assert with_fallback(have, ~every, "no_model").tolist() == have.tolist()


def test_missing_weather_is_that_of_the_warehouse_else_of_all_else_of_the_fit() -> None:
    """Warehouse 1 had 4 mm lately, 2 had 8 mm, of 3 nothing is known; wind nowhere."""
    rows = pd.DataFrame({"warehouse_no": [1, 2, 3, 1], **dict.fromkeys(WEATHER, np.nan)})
    rows.loc[3, list(WEATHER)] = 1.0
    usual = pd.DataFrame({name: [np.nan, np.nan] for name in WEATHER}, index=[1, 2])
    usual["rain_mm"] = [4.0, 8.0]
    lacking = lacks_weather(rows, ["rain_mm", "wind_level"])
    assert lacking.tolist() == [True, True, True, False]
    filled = with_recent_weather(rows, lacking, usual, {"wind_level": 3.0})
    assert filled["rain_mm"].tolist() == [4.0, 8.0, 6.0, 1.0]
    assert filled["wind_level"].tolist() == [3.0, 3.0, 3.0, 1.0]
    assert filled["humidity_percent"].isna().tolist() == [True, True, True, False]
    assert rows["rain_mm"].isna().sum() == 3  # what was given stays
    assert not lacks_weather(rows, []).any()  # fitted without weather: nothing is missing


@pytest.mark.parametrize("error", [lgb.basic.LightGBMError("no label\nmore"), MemoryError()])
def test_a_failed_fit_has_one_name_and_other_errors_keep_theirs(error: Exception) -> None:
    with pytest.raises(FitError, match="training model"), named_failures("training model"):
        raise error
    with pytest.raises(KeyError), named_failures("training model"):
        raise KeyError("ours")


def _asking(*asked: str) -> lgb.Booster:
    """A model of rain, wind and the weekday whose label follows those `asked` alone."""
    random = np.random.default_rng(2)
    rows = pd.DataFrame(random.uniform(size=(200, 3)), columns=["rain_mm", "wind_level", "weekday"])
    label = rows[list(asked)].sum(axis=1)
    data = lgb.Dataset(rows[list(asked)].reindex(columns=rows.columns, fill_value=0.0), label)
    quiet = {"verbosity": -1, "num_threads": 1, "num_leaves": 4, "deterministic": True}
    return lgb.train(quiet, data, num_boost_round=3)


def test_weather_a_model_never_asks_about_is_not_missed() -> None:
    features = ("rain_mm", "wind_level", "weekday")
    without = Boosters(_asking("weekday"), _asking("weekday"), features)
    assert weather_features_used(without) == []
    rain = Boosters(_asking("weekday"), _asking("rain_mm"), features)
    assert weather_features_used(rain) == ["rain_mm"]
    both = Boosters(_asking("wind_level"), _asking("rain_mm", "weekday"), features)
    assert weather_features_used(both) == ["rain_mm", "wind_level"]
