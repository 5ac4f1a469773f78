"""The daily watch on the demand model: quiet on ordinary days, and naming what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from assets.checks.demand_drift_check import ERRORS, INPUTS, drift_check_results
from assets.core.demand.demand_day import demand_day
from assets.predict.demand.demand_drift import demand_drift
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.predict.demand.serving_model import KIND
from assets.resources.home import LinliHome
from data_contracts.tables.demand import DEMAND_FORECAST
from models.registry.champion_log import champion_entries
from tests.lake import copy_of
from tests.pipeline.demand_lake import put, run_day, table
from tests.pipeline.drift_lake import (
    FIRST,
    all_sold_out,
    fahrenheit,
    gone,
    in_fen,
    orders,
    platform,
    spoil,
    ten_times_in_one_warehouse,
)

STEPS = (demand_day, demand_model, demand_forecast, demand_drift)
LAST = FIRST + timedelta(days=13)
NEXT = LAST + timedelta(days=1)


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """Two weeks, day by day."""
    home = platform(tmp_path_factory.mktemp("drift"))
    for offset in range(14):
        run_day(home, FIRST + timedelta(days=offset), *STEPS)
    return home


def drift(home: LinliHome, where: str = "true") -> pd.DataFrame:
    return table(home, f"select * from demand_drift where {where} order by as_of, kind, name")


def alarms(home: LinliHome, day: date) -> set[str]:
    return set(drift(home, f"as_of = '{day}' and is_alarm")["name"])


def test_an_ordinary_fortnight_raises_no_alarm(fortnight: LinliHome) -> None:
    rows = drift(fortnight)
    assert rows[rows["is_alarm"]][["as_of", "name", "reason"]].values.tolist() == []
    assert rows["as_of"].nunique() == 14
    inputs = rows[rows["kind"] == "input"]
    assert (inputs.groupby("as_of").size() > 60).all() and inputs["psi"].notna().mean() > 0.8


def test_forecasts_are_scored_when_their_days_are_over(fortnight: LinliHome) -> None:
    """What was forecast on the first day: its days one by one, its sum with the last of them."""
    scored = drift(fortnight, "kind <> 'input'")
    first = scored[scored["forecast_as_of"] == pd.Timestamp(FIRST)]
    names = first.groupby("as_of")["name"].agg(lambda of: sorted(set(of)))
    assert [list(of) for of in names] == [["day_1"], ["day_2"], ["day_3", "sum_72h"]]
    assert scored["as_of"].min() == pd.Timestamp(FIRST + timedelta(days=1))
    day_1 = scored[(scored["kind"] == "demand_error") & (scored["name"] == "day_1")]
    assert (day_1["wape"] < day_1["wape_same_day_last_week"]).all()
    assert (day_1["limit_wape"] > day_1["backtest_wape"]).all()
    assert day_1["coverage_p90"].between(0.7, 1).all() and (day_1["below_p10"] < 0.35).all()
    lines = table(
        fortnight,
        "select f.mean_units, d.sold_units from demand_forecast as f inner join demand_day as d "
        f"on d.as_of = '{LAST}' and d.day = '{LAST}' and d.warehouse_id = f.warehouse_id "
        "and d.sku_id = f.sku_id where f.horizon = 'day_1' and d.in_stock_share > 0.9999 "
        f"and f.as_of = '{LAST - timedelta(days=1)}'",
    )
    wape = (lines["mean_units"] - lines["sold_units"]).abs().sum() / lines["sold_units"].sum()
    assert day_1["wape"].iloc[-1] == pytest.approx(wape)
    assert day_1["rows"].iloc[-1] == len(lines)


Fault = Callable[[dict[str, Any], date], dict[str, Any] | None]


@pytest.mark.parametrize(
    ("export", "fault", "named"),
    [
        ("weather", fahrenheit, "temperature_celsius"),
        ("weather", gone, "rain_mm"),
        ("browse", gone, "sku_looks_rise_3"),
        ("availability", all_sold_out, "in_stock_lag_0"),
        ("products", in_fen, "discount_target"),
        ("orders", ten_times_in_one_warehouse, "warehouse_last_day_ratio"),
    ],
)
def test_a_fault_is_named_by_its_feature(
    fortnight: LinliHome, tmp_path: Path, export: str, fault: Fault, named: str
) -> None:
    home = copy_of(fortnight, tmp_path)
    spoil(home, export, NEXT, fault)
    run_day(home, NEXT, demand_day, demand_drift)
    found = alarms(home, NEXT)
    assert named in found
    groups = {"weather": "celsius|mm|percent|level", "browse": "looks", "products": "discount"}
    if export in groups:  # and nothing else is
        assert all(any(part in name for part in groups[export].split("|")) for name in found)


def test_weather_that_nobody_has_ahead_is_no_drift(fortnight: LinliHome, tmp_path: Path) -> None:
    """An export of observed weather has none for the days to come, on any day."""
    home = copy_of(fortnight, tmp_path)
    seen = table(home, "select * from weather").to_dict("records")
    observed = [row | {"issued_at": None} for row in seen if row["day"].date() <= NEXT]
    put(home, "weather", [row | {"day": row["day"].date()} for row in observed])
    run_day(home, NEXT, demand_day, demand_drift)
    assert alarms(home, NEXT) == set()
    assert not set(drift(home, f"as_of = '{NEXT}'")["name"]) & {"rain_mm", "warning_level"}


def test_a_forecast_that_is_worthless_for_days_brings_a_challenger(
    fortnight: LinliHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forecasts of three days before are made three times as large; two bad days are noise."""
    home = copy_of(fortnight, tmp_path)
    days = [LAST - timedelta(days=back) for back in (2, 1, 0)]
    before = [entry.since for entry in champion_entries(home.models_dir, KIND)]
    assert max(before) < days[0]  # nothing is due
    for day in days:
        made = day - timedelta(days=1)
        spoiled = table(home, f"select * from demand_forecast where as_of = '{made}'")
        spoiled[["mean_units", "sold_units"]] *= 3
        with home.lakehouse.session() as session:
            session.register("spoiled", spoiled)
            session.replace(DEMAND_FORECAST, made, "select * from spoiled")
        told = run_day(home, day, demand_drift)["demand_drift"]
        assert told["error_alarms"] == (2 if day == LAST else 0)  # of demand and of sales
        assert run_day(home, day, demand_model)["demand_model"]["model"]
        assert [entry.since for entry in champion_entries(home.models_dir, KIND)] == before
    row = drift(home, f"as_of = '{LAST}' and kind <> 'input' and is_alarm").iloc[0]
    assert (row["kind"], row["name"], row["bad_days"]) == ("demand_error", "day_1", 3)
    assert "连续 3 天超过上限" in row["reason_zh"]
    assert watched(home, LAST) == {INPUTS: True, ERRORS: False}

    told = run_day(home, NEXT, demand_day, demand_model)["demand_model"]
    log = champion_entries(home.models_dir, KIND)
    assert log[-1].since == NEXT and "asked for early: demand_error of day_1" in log[-1].reason
    assert told["model"] == log[-1].version
    run_day(home, NEXT, demand_model)  # the day run again asks nobody anew
    assert len(champion_entries(home.models_dir, KIND)) == len(log)


def test_the_watch_of_dagster_passes_on_an_ordinary_day(fortnight: LinliHome) -> None:
    assert watched(fortnight, LAST) == {INPUTS: True, ERRORS: True}


def watched(home: LinliHome, day: date) -> dict[str, bool]:
    found = drift_check_results(home, day)
    assert all(one.severity is dg.AssetCheckSeverity.WARN for one in found)
    return {str(one.check_name): bool(one.passed) for one in found}


def test_another_future_changes_nothing(fortnight: LinliHome, tmp_path: Path) -> None:
    """A day run again, with later days stored and other sales after it, has the same rows."""
    home = copy_of(fortnight, tmp_path)
    day = LAST - timedelta(days=5)
    where = f"as_of = '{day}'"
    before = drift(home, where)
    assert set(before["kind"]) == {"input", "demand_error", "sales_error"}

    def later(row: dict[str, Any], last: date) -> dict[str, Any] | None:
        is_past = row["business_date"] <= last
        return row if is_past else row | {"quantity_units": 77.0, "sku_id": "s01"}

    spoil(home, "orders", day, later)
    run_day(home, day, demand_day, demand_drift)
    pd.testing.assert_frame_equal(drift(home, where), before)


def test_without_stored_forecasts_nothing_is_scored_and_it_says_so(
    fortnight: LinliHome, tmp_path: Path
) -> None:
    home = copy_of(fortnight, tmp_path)
    put(home, "orders", [row for row in orders() if row["business_date"] <= NEXT])
    told = run_day(home, LAST + timedelta(days=4), demand_day, demand_drift)["demand_drift"]
    assert str(told["errors"]).startswith("not scored")
    told = run_day(home, NEXT + timedelta(days=1), demand_day, demand_drift)["demand_drift"]
    found = drift(home, f"as_of = '{NEXT + timedelta(days=1)}' and kind <> 'input'")
    assert set(found["name"]) == {"day_2", "day_3", "sum_72h"}  # day_1 would be of a day not run
