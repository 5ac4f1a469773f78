"""The two boosters of demand are fitted at once: the same as one by one, and none goes on alone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from assets.framework.day_asset import DayRun
from assets.predict.demand import fit as demand_fit
from assets.resources.home import LinliHome
from models.demand import forecast
from models.demand.feature_names import FEATURES
from models.params.demand import DEFAULTS
from models.registry.fit_errors import FitError

PARAMS = replace(DEFAULTS, model=replace(DEFAULTS.model, trees=12))


def run_of(threads: int, said: list[str]) -> DayRun:
    home = LinliHome(home="nowhere", exports="nowhere", threads=threads, memory_limit="1GB")
    as_of = pd.Timestamp("2026-09-30").date()
    return DayRun(step="demand_model", as_of=as_of, home=home, log=said.append)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Sales that follow the level; a quarter was not wholly on sale, a tenth not offered."""
    rng = np.random.default_rng(5)
    count = 6_000
    made = pd.DataFrame({name: rng.random(count).astype(np.float32) for name in FEATURES})
    made["series_no"] = np.arange(count) // 30
    made["origin"] = pd.Timestamp("2026-08-01") + pd.to_timedelta(np.arange(count) % 30, "D")
    made["horizon"] = 1
    made["mean_28"] = made["similar_mean"] = rng.gamma(2.0, 3.0, count)
    made["panel_days"] = 40
    made["in_stock_share"] = rng.choice([1.0, 0.5, np.nan], count, p=[0.65, 0.25, 0.1])
    made["sold_units"] = rng.poisson(made["mean_28"] * made["in_stock_share"].fillna(0))
    return made


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_however_many_threads_the_boosters_are_the_same(rows: pd.DataFrame, threads: int) -> None:
    fitted = demand_fit.fit_boosters(run_of(threads, []), rows, PARAMS, "test")
    for booster, chosen in (
        (fitted.demand, forecast.fully_in_stock_rows(rows)),
        (fitted.sales, forecast.offered_rows(rows)),
    ):
        alone = forecast.fit_booster(chosen, PARAMS.model, 1, lambda done, trees: None)
        # what the text says of threads is all that may differ
        told = [line for line in booster.model_to_string().splitlines() if "threads" not in line]
        assert told == [
            line for line in alone.model_to_string().splitlines() if "threads" not in line
        ]
    assert fitted.demand.model_to_string() != fitted.sales.model_to_string()


@pytest.mark.parametrize(("threads", "each"), [(1, 1), (2, 1), (4, 1), (8, 2), (16, 4)])
def test_fits_of_two_runs_have_a_core_for_each_of_their_threads(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, threads: int, each: int
) -> None:
    asked, at_once, most = [], 0, 0
    lock = threading.Lock()

    def fit(_: pd.DataFrame, __: Any, given: int, ___: Any) -> lgb.Booster:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.05)
        with lock:
            at_once -= 1
        asked.append(given)
        return lgb.Booster.__new__(lgb.Booster)

    monkeypatch.setattr(forecast, "fit_booster", fit)
    demand_fit.fit_boosters(run_of(threads, []), rows, PARAMS, "test")
    assert asked == [each, each]
    assert most == min(2, threads)


def test_a_fit_that_fails_is_named_and_stops_the_other(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_after: list[int] = []
    has_begun = threading.Event()

    def fit(some: pd.DataFrame, _: Any, __: int, progress: Any) -> lgb.Booster:
        if len(some) == len(forecast.fully_in_stock_rows(rows)):
            assert has_begun.wait(60)  # a fit that has not begun is not stopped, it never begins
            raise MemoryError
        has_begun.set()
        for done in range(1, 1_000):
            time.sleep(0.01)
            try:
                progress(done, 1_000)
            except Exception:
                stopped_after.append(done)
                raise
        return pytest.fail("it was fitted to its end")

    monkeypatch.setattr(forecast, "fit_booster", fit)
    with pytest.raises(FitError, match="test model of demand: out of memory"):
        demand_fit.fit_boosters(run_of(2, []), rows, PARAMS, "test")
    assert len(stopped_after) == 1


def test_a_long_fit_says_how_far_it_is(rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def fit(_: pd.DataFrame, __: Any, ___: int, progress: Any) -> lgb.Booster:
        progress(3, 12)
        time.sleep(0.2)
        return lgb.Booster.__new__(lgb.Booster)

    monkeypatch.setattr(forecast, "fit_booster", fit)
    monkeypatch.setattr(demand_fit, "_LOG_SECONDS", 0.05)
    demand_fit.fit_boosters(run_of(2, said), rows, PARAMS, "origin 3")
    assert any(line.startswith("demand: origin 3 model of sales on 5,") for line in said)
    assert any(
        line.startswith("origin 3 trees: demand 3, sales 3 of 12 each (25 %), about ")
        for line in said
    )


def test_no_booster_is_fitted_on_more_rows_than_it_may(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []

    def fit(some: pd.DataFrame, *_: Any) -> lgb.Booster:
        counts.append(len(some))
        return lgb.Booster.__new__(lgb.Booster)

    monkeypatch.setattr(forecast, "fit_booster", fit)
    few = replace(PARAMS, model=replace(PARAMS.model, max_fit_rows=2_000))
    demand_fit.fit_boosters(run_of(1, []), rows, few, "test")
    assert len(counts) == 2
    assert all(1_500 < count < 2_100 for count in counts)
