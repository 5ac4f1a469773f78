"""The demand model that serves: taken for a week, followed only by a better one, rolled back."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.framework.day_asset import DayRun
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.predict.demand.serving_model import KIND, serving_model
from assets.resources.home import LinliHome
from models.demand import forecast
from models.demand.feature_names import FEATURES
from models.params.demand import DEFAULTS, DemandParams, ModelParams
from models.registry.artifacts import Artifact, save_artifact
from models.registry.champion_log import ChampionEntry, champion_entries, log_champion
from tests.conftest import linli
from tests.pipeline.demand_lake import home_at, order_line, put, run_day, table

AS_OF = date(2026, 9, 5)
WEEK = timedelta(days=7)
STEPS = (demand_day, demand_model, demand_forecast)


def _artifact() -> Artifact:
    booster = lgb.train(
        {"verbosity": -1, "num_threads": 1},
        lgb.Dataset(np.arange(40.0)[:, None], np.arange(40.0)),
        1,
    )
    details = {"features": list(FEATURES), "params": DEFAULTS.as_dict()}
    return Artifact(KIND, AS_OF, {"demand": booster, "sales": booster}, details)


def _serve(home: LinliHome, since: date = AS_OF) -> Path:
    artifact = _artifact()
    log_champion(home.models_dir, KIND, ChampionEntry(since, AS_OF, artifact.version, "test"))
    return save_artifact(home.models_dir, artifact)


@pytest.mark.parametrize(("days_after", "taken"), [(0, True), (6, True), (30, True), (-1, False)])
def test_a_model_serves_from_its_day_on_and_never_backwards(
    tmp_path: Path, days_after: int, taken: bool
) -> None:
    home = home_at(tmp_path)
    _serve(home)
    run = DayRun("test", AS_OF + timedelta(days=days_after), home, print)
    assert (serving_model(run, DEFAULTS) is not None) == taken


def test_a_damaged_model_or_one_of_other_parameters_is_not_taken(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    run = DayRun("test", AS_OF, home, print)
    folder = _serve(home)
    assert serving_model(run, DEFAULTS) is not None
    assert serving_model(run, DemandParams(model=ModelParams(trees=5))) is None
    (folder / "demand.txt").write_text("cut o", "utf-8")
    assert serving_model(run, DEFAULTS) is None
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["trained_as_of"] == AS_OF.isoformat()


def _orders() -> list[dict[str, Any]]:
    """30 SKUs of two communities with a strong week, until two weeks after AS_OF."""
    random = np.random.default_rng(7)
    week = (0.7, 0.8, 0.9, 1.0, 1.3, 2.0, 1.8)
    days = [AS_OF - timedelta(days=back) for back in range(69, -15, -1)]
    return [
        order_line(
            number,
            day,
            f"s{sku:02}",
            float(random.poisson(level * week[day.weekday()])) + 0.01,
            community=community,
        )
        for number, (community, sku, level, day) in enumerate(
            (community, sku, 3 + sku % 9, day)
            for community in ("c1", "c2")
            for sku in range(30)
            for day in days
        )
    ]


def _fit_nonsense(rows: pd.DataFrame, *args: Any) -> lgb.Booster:
    """A model of sales dealt out anew over the rows."""
    mixed = rows.sample(frac=1, random_state=1)["sold_units"].to_numpy()
    return REAL_FIT(rows.assign(sold_units=mixed), *args)


REAL_FIT = forecast.fit_booster


def _day(home: LinliHome, as_of: date) -> dict[str, Any]:
    """Model and reason of the day, and the versions its forecast names."""
    told = run_day(home, as_of, *STEPS)["demand_model"]
    lines = table(
        home, f"select distinct model_version from demand_forecast where as_of = '{as_of}'"
    )
    return {
        "model": told["model"],
        "reason": told["serves_because"],
        "forecast": lines["model_version"].tolist(),
    }


def test_a_new_model_serves_only_if_it_is_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_at(tmp_path)
    put(home, "orders", _orders())
    monkeypatch.setattr(forecast, "fit_booster", _fit_nonsense)
    first = _day(home, AS_OF)
    assert first["reason"] == "no usable model served before"
    assert _day(home, AS_OF + timedelta(days=6))["model"] == first["model"]

    monkeypatch.setattr(forecast, "fit_booster", REAL_FIT)
    second = _day(home, AS_OF + WEEK)
    assert second["model"] != first["model"] and str(first["model"]) in second["reason"]
    assert second["reason"].startswith("beat ")
    assert second["forecast"] == [second["model"]]

    monkeypatch.setattr(forecast, "fit_booster", _fit_nonsense)
    third = _day(home, AS_OF + 2 * WEEK)
    assert third["model"] == second["model"] and third["reason"].startswith("stayed before ")
    assert third["forecast"] == [second["model"]]
    assert _day(home, AS_OF + 2 * WEEK) == third  # the day run again asks nobody anew
    log = champion_entries(home.models_dir, KIND)
    assert [entry.since for entry in log] == [AS_OF, AS_OF + WEEK, AS_OF + 2 * WEEK]

    where = ("--exports", home.exports, "--home", home.home)
    listed = linli("models", "list", *where).output
    lines = listed.strip().splitlines()
    assert len(lines) == 3 and ["serves since" in line for line in lines] == [False, True, False]
    rolled = linli("models", "rollback", "demand", *where)
    assert rolled.exit_code == 0 and str(first["model"]) in rolled.output
    again = _day(home, AS_OF + 2 * WEEK)
    assert again["forecast"] == [first["model"]] and again["reason"].startswith("rolled back")
    promoted = linli("models", "promote", "demand", str(AS_OF + WEEK), *where)
    assert promoted.exit_code == 0
    assert _day(home, AS_OF + 2 * WEEK)["forecast"] == [second["model"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("promote", "demand", "2026-01-01"), "no demand model of 2026-01-01"),
        (("promote", "demand", "soon"), "is not a date"),
        (("rollback", "demand"), "no other model served before"),
        (("rollback", "weather"), "no model is called weather"),
        (("list",), "no model is stored yet"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = linli("models", *arguments, "--home", tmp_path)
    assert result.exit_code != 0
    assert said in " ".join(result.output.split())
