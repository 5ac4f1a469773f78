"""The forecast degrades and never stops: the last good model, then means, said on every line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.framework.day_asset import DayRun
from assets.predict.demand import serving_model
from assets.predict.demand.demand_drift import demand_drift
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.predict.demand.serving_model import KIND
from assets.resources.home import LinliHome
from assets.resources.lakehouse.query_errors import QueryMemoryError
from data_contracts.codes.demand import SUM_HORIZONS, Horizon
from models.demand import forecast
from models.params.demand import DemandParams, ModelParams
from models.registry.artifacts import Artifact, load_artifact, save_artifact
from models.registry.champion_log import champion_entries
from tests.lake import copy_of
from tests.pipeline.demand_lake import put, run_day, table
from tests.pipeline.drift_lake import (
    FIRST,
    gone,
    not_ahead,
    orders,
    platform,
    spoil,
)

WEEK = timedelta(days=7)
SECOND = FIRST + WEEK
STEPS = (demand_day, demand_model, demand_forecast)
REAL_FIT = forecast.fit_booster


@pytest.fixture(scope="module")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """A model of FIRST and a better one of SECOND, which serves."""
    home = platform(tmp_path_factory.mktemp("degrade"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forecast, "fit_booster", nonsense)
        run_day(home, FIRST, demand_day, demand_model)
        patched.setattr(forecast, "fit_booster", REAL_FIT)
        run_day(home, SECOND, *STEPS)
    assert [one.trained_as_of for one in champion_entries(home.models_dir, KIND)] == [FIRST, SECOND]
    return home


@pytest.fixture
def home(two_models: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(two_models, tmp_path)


def nonsense(rows: pd.DataFrame, *args: Any) -> lgb.Booster:
    mixed = rows.sample(frac=1, random_state=1)["sold_units"].to_numpy()
    return REAL_FIT(rows.assign(sold_units=mixed), *args)


def failing(*args: Any) -> lgb.Booster:
    raise lgb.basic.LightGBMError("Check failed: something deep inside")


def out_of_memory(*args: Any) -> lgb.Booster:
    raise MemoryError


def lines(home: LinliHome, day: date) -> pd.DataFrame:
    return table(home, f"select * from demand_forecast where as_of = '{day}'")


def notes(home: LinliHome, day: date) -> dict[str, str]:
    found = table(home, f"select code, message, message_zh from fallbacks where as_of = '{day}'")
    return {
        row["code"]: f"{row['message']} {row['message_zh']}" for row in found.to_dict("records")
    }


def served_by(home: LinliHome, day: date) -> tuple[str, set[str | None]]:
    """Day of the model that made the lines, and their fallbacks."""
    made = lines(home, day)
    assert len(made) == 40 * len(Horizon) and (made["mean_units"] >= 0).all()
    assert made.filter(like="p9").notna().all().all()
    (version,) = set(made["model_version"])
    return version[len("demand-") :][:10], set(
        made["fallback"].astype(object).where(made["fallback"].notna(), None)
    )


def truncated(folder: Path) -> None:
    text = (folder / "demand.txt").read_bytes()
    (folder / "demand.txt").write_bytes(text[: len(text) // 2])


def changed_byte(folder: Path) -> None:
    text = (folder / "sales.txt").read_bytes()
    (folder / "sales.txt").write_bytes(text[:500] + b"\xff" + text[501:])


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize("damage", [truncated, changed_byte, no_manifest])
def test_the_model_before_a_damaged_one_serves_and_the_lines_say_so(
    home: LinliHome, damage: Callable[[Path], None]
) -> None:
    """Damaged after `demand_model` had run: the forecast is made again by itself."""
    damage(home.models_dir / KIND / SECOND.isoformat())
    run_day(home, SECOND, demand_forecast)
    assert served_by(home, SECOND) == (FIRST.isoformat(), {"last_good_model"})
    note = notes(home, SECOND)["demand_last_good_model"]
    assert f"demand-{FIRST}" in note and "7 days ago" in note and "7 天前" in note


@pytest.mark.parametrize("fit", [failing, out_of_memory])
def test_a_damaged_model_and_a_fit_that_raises_leave_the_one_before(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch, fit: Callable[..., lgb.Booster]
) -> None:
    day = SECOND + timedelta(days=1)
    truncated(home.models_dir / KIND / SECOND.isoformat())
    monkeypatch.setattr(forecast, "fit_booster", fit)
    run_day(home, day, *STEPS)
    assert served_by(home, day) == (FIRST.isoformat(), {"last_good_model"})
    assert "训练新模型失败" in notes(home, day)["demand_last_good_model"]
    entry = champion_entries(home.models_dir, KIND)[-1]
    assert entry.is_last_good and entry.since == day


def test_a_damaged_model_is_followed_by_a_new_one_at_once(home: LinliHome) -> None:
    day = SECOND + timedelta(days=1)
    no_manifest(home.models_dir / KIND / SECOND.isoformat())
    run_day(home, day, *STEPS)
    assert served_by(home, day) == (day.isoformat(), {None})
    assert "demand_last_good_model" not in notes(home, day)


def test_a_fit_that_raises_is_tried_again_the_next_day(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The week is over: the one that serves stays, flagged, until a new one could be fitted."""
    third = SECOND + WEEK
    monkeypatch.setattr(forecast, "fit_booster", failing)
    told = run_day(home, third, *STEPS)["demand_model"]
    assert str(told["serves_because"]).startswith("last good model; no new one: ")
    assert served_by(home, third) == (SECOND.isoformat(), {"last_good_model"})
    monkeypatch.setattr(forecast, "fit_booster", REAL_FIT)
    run_day(home, third + timedelta(days=1), *STEPS)
    found = champion_entries(home.models_dir, KIND)[-1]
    assert found.since == third + timedelta(days=1) and not found.is_last_good
    assert served_by(home, third + timedelta(days=1))[1] == {None}


def test_a_fault_of_ours_is_not_taken_for_a_failed_fit(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*args: Any) -> lgb.Booster:
        raise KeyError("a column we forgot")

    monkeypatch.setattr(forecast, "fit_booster", wrong)
    no_manifest(home.models_dir / KIND / SECOND.isoformat())
    with pytest.raises(KeyError, match="a column we forgot"):
        run_day(home, SECOND, demand_model)


def test_without_any_model_means_stand_in(home: LinliHome, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (FIRST, SECOND):
        no_manifest(home.models_dir / KIND / day.isoformat())
    monkeypatch.setattr(forecast, "fit_booster", failing)
    run_day(home, SECOND, demand_forecast)  # by itself
    assert set(lines(home, SECOND)["fallback"]) == {"no_model"}
    day = SECOND + timedelta(days=1)
    run_day(home, day, *STEPS, demand_drift)
    assert set(lines(home, day)["model_version"]) == {"mean_of_days"}
    assert "训练失败" in notes(home, day)["demand_no_model"]


def test_too_little_history_now_leaves_the_last_good_model(home: LinliHome) -> None:
    """Orders before the last 25 days are gone, and the model's week is over."""
    third = SECOND + WEEK
    kept = [row for row in orders() if row["business_date"] > third - timedelta(days=25)]
    put(home, "orders", kept)
    run_day(home, third, *STEPS)
    assert served_by(home, third) == (SECOND.isoformat(), {"last_good_model"})
    assert "历史数据不足" in notes(home, third)["demand_last_good_model"]


def test_an_older_model_is_asked_in_its_own_words(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade: features in another order and two fewer, other parameters, no 83.3 %."""
    version = _as_if_older(home)
    monkeypatch.setattr(forecast, "fit_booster", failing)
    asked: list[ModelParams] = []
    real = forecast.forecast

    def spy(rows: pd.DataFrame, boosters: Any, params: ModelParams, *args: Any) -> Any:
        asked.append(params)
        assert boosters.features == ("mean_7", "mean_28")
        return real(rows, boosters, params, *args)

    monkeypatch.setattr(forecast, "forecast", spy)
    run_day(home, SECOND, *STEPS)
    assert set(lines(home, SECOND)["model_version"]) == {version}
    assert set(lines(home, SECOND)["fallback"]) == {"last_good_model"}
    assert asked[-1].short_history_days == 9
    made = lines(home, SECOND)
    assert (made["p75_units"] <= made["p83_3_units"]).all()
    assert (made["p83_3_units"] <= made["p90_units"]).all()
    monkeypatch.setattr(forecast, "forecast", real)
    _as_if_older(home, features=["mean_7", "no_longer_computed"])
    run_day(home, SECOND, *STEPS)
    assert served_by(home, SECOND)[0] == FIRST.isoformat()


def _as_if_older(home: LinliHome, **more: Any) -> str:
    """Store in place of SECOND a model of two features, as an earlier version made it."""
    stored = load_artifact(home.models_dir, KIND, SECOND)
    random = np.random.default_rng(1)
    data = lgb.Dataset(random.random((400, 2)), random.random(400))
    booster = lgb.train({"verbosity": -1, "num_threads": 1, "objective": "tweedie"}, data, 3)
    own = DemandParams().as_dict()
    own["model"] |= {"short_history_days": 9, "a_number_of_old": 1}
    details = dict(stored.details) | {"features": ["mean_7", "mean_28"], "params": own} | more
    for name in ("day_quantiles", "sum_quantiles"):
        plain = json.loads(json.dumps(details[name]))
        for of in (plain, *plain["groups"].values()):
            kept = [place for place, percent in enumerate(of["percents"]) if percent != 83.3]
            of["percents"] = [of["percents"][place] for place in kept]
            of["ratios"] = [[row[place] for place in kept] for row in of["ratios"]]
        details[name] = plain
    artifact = Artifact(KIND, SECOND, {"demand": booster, "sales": booster}, details)
    save_artifact(home.models_dir, artifact)
    return artifact.version


def test_weather_missing_for_target_days_is_said_on_those_lines(home: LinliHome) -> None:
    """Nothing is known ahead for the area of w2; w1 forecasts as before, but for the total that
    steadies longer sums."""
    before = lines(home, SECOND).set_index(["warehouse_id", "sku_id", "horizon"])
    spoil(home, "weather", SECOND, not_ahead)
    run_day(home, SECOND, demand_forecast)
    after = lines(home, SECOND).set_index(["warehouse_id", "sku_id", "horizon"])
    assert set(after.loc["w2", "fallback"]) == {"no_weather"}
    assert after.loc["w1", "fallback"].isna().all()
    of_w1, as_before = after.loc["w1", "mean_units"], before.loc["w1", "mean_units"]
    is_longer = of_w1.index.get_level_values("horizon").isin(
        [code.value for code in SUM_HORIZONS.values()]
    )
    assert of_w1[~is_longer].equals(as_before[~is_longer])
    assert of_w1[is_longer].tolist() == pytest.approx(as_before[is_longer].tolist(), rel=0.02)
    moved = (after.loc["w2", "mean_units"] - before.loc["w2", "mean_units"]).abs().sum()
    assert 0 < moved < 0.1 * before.loc["w2", "mean_units"].sum()
    assert "60/120" in notes(home, SECOND)["weather_missing"]


def test_without_the_weather_file_the_fitted_mean_stands_in(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[pd.DataFrame] = []
    real = forecast.forecast

    def spy(rows: pd.DataFrame, *args: Any) -> Any:
        seen.append(rows)
        return real(rows, *args)

    monkeypatch.setattr(forecast, "forecast", spy)
    spoil(home, "weather", SECOND, gone)
    run_day(home, SECOND, demand_forecast)
    assert set(lines(home, SECOND)["fallback"]) == {"no_weather"}
    assert {"no_weather", "weather_missing"} <= set(notes(home, SECOND))
    artifact = serving_model.last_good_demand_model(_run(home, SECOND))
    assert artifact is not None
    mean = artifact.details["input_reference"]["temperature_celsius"]["mean"]
    assert seen[-1]["temperature_celsius"].to_numpy() == pytest.approx(mean)


def _run(home: LinliHome, day: date) -> DayRun:
    return DayRun(step="test", as_of=day, home=home, log=lambda line: None)


def test_a_query_out_of_memory_is_told_apart_and_leaves_the_last_good_model(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = LinliHome(home=home.home, exports=home.exports, threads=1, memory_limit="20MB")
    with small.lakehouse.session() as session, pytest.raises(QueryMemoryError, match="range"):
        session.run("select list(i) from range(50_000_000) as t(i)")
    monkeypatch.setattr("assets.predict.demand.demand_model_steps.feature_rows", _no_memory)
    run_day(home, SECOND + WEEK, *STEPS)
    assert served_by(home, SECOND + WEEK) == (SECOND.isoformat(), {"last_good_model"})


def _no_memory(*args: Any) -> pd.DataFrame:
    raise QueryMemoryError("Out of Memory Error: failed to allocate")
