"""The demand forecast on a made platform with a weekday pattern: better than its peers, honest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.resources.home import LinliHome
from data_contracts.codes.demand import Horizon
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from models.demand import forecast as demand
from tests.pipeline.demand_lake import features, home_at, order_line, put, run_day, table
from tests.pipeline.weekday_lake import AS_OF, made_orders, put_references

QUANTILES = [quantile_column(percent) for percent in QUANTILE_PERCENTS]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinliHome, dict[str, Any]]:
    home = home_at(tmp_path_factory.mktemp("made"))
    put(home, "orders", made_orders(AS_OF))
    put_references(home)
    return home, run_day(home, AS_OF, demand_day, demand_model, demand_forecast)


def test_the_model_beats_its_naive_peers_on_the_same_rows(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    base = "('all_days', 'in_stock_days', 'sum_72h')"
    scores = table(made[0], f"select * from demand_backtest where scope in {base}")
    wape = scores.pivot_table(index=["scope", "origin"], columns="model", values="wape")
    rows = scores.pivot_table(index=["scope", "origin"], columns="model", values="rows")
    assert (wape["lightgbm"] < 0.9 * wape["same_day_last_week"]).all()
    assert wape["lightgbm"].mean() < 0.8 * wape["mean_7_days"].mean()
    assert (rows.nunique(axis=1) == 1).all()
    assert set(scores["origin"].dt.date) == {AS_OF - timedelta(days=d) for d in (3, 6, 9)}


def test_the_scored_model_saw_no_scored_day_and_the_serving_one_saw_all(
    made: tuple[LinliHome, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[pd.DataFrame] = []
    real_fit = demand.fit_booster

    def spy(rows: pd.DataFrame, *args: Any) -> lgb.Booster:
        fitted.append(rows)
        return real_fit(rows, *args)

    monkeypatch.setattr(demand, "fit_booster", spy)
    monkeypatch.setattr(
        "assets.predict.demand.demand_model_steps.champion_with_entry", lambda run, params: None
    )
    run_day(made[0], AS_OF, demand_model)
    last_days = [rows["target_day"].max().date() for rows in fitted]  # of demand, of sales, twice
    assert last_days == [AS_OF - timedelta(days=9)] * 2 + [AS_OF] * 2


def test_the_upper_quantile_covers_what_it_says(made: tuple[LinliHome, dict[str, Any]]) -> None:
    scores = table(made[0], "select scope, coverage from demand_backtest")
    found = scores.dropna().groupby("scope")["coverage"].mean()
    assert found["coverage_p90"] == pytest.approx(0.9, abs=0.05)
    assert found["sum_72h"] == pytest.approx(0.9, abs=0.1)


def test_every_living_series_gets_three_days_and_their_sum(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    lines = table(made[0], "select * from demand_forecast")
    units = lines.pivot_table(
        index=["warehouse_id", "sku_id"], columns="horizon", values="mean_units"
    )
    assert len(units) == 2 * 32, "31 that sell, one to come"
    assert not {"dead", "gone"} & set(lines["sku_id"])
    assert np.allclose(units["sum_72h"], units[["day_1", "day_2", "day_3"]].sum(axis=1))
    days = lines.groupby("horizon")["target_day"].agg(["min", "max"])
    for horizon, ahead in {"day_1": 1, "day_2": 2, "day_3": 3, "sum_72h": 3}.items():
        assert set(days.loc[horizon].dt.date) == {AS_OF + timedelta(days=ahead)}


def test_sales_are_less_than_demand_where_stock_was_short(tmp_path: Path) -> None:
    """Ten SKUs are sold out every other day."""
    home, short = home_at(tmp_path), {f"s{i:02}" for i in range(10)}
    lines = made_orders(AS_OF)
    out = sorted({line["business_date"] for line in lines})[::2]
    missing = {(sku, day) for sku in short for day in out}
    put(
        home,
        "orders",
        [row for row in lines if (row["sku_id"], row["business_date"]) not in missing],
    )
    put_references(home)
    said = {"hours_status": "S" * 24}
    put(
        home,
        "availability",
        [
            said | {"day": day, "warehouse_id": warehouse, "sku_id": sku}
            for sku, day in missing
            for warehouse in ("w1", "w2")
        ],
    )
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    made = table(home, "select * from demand_forecast where horizon = 'sum_72h'")
    assert (made["sold_units"] <= made["mean_units"] + 1e-9).all()
    units = made.groupby(made["sku_id"].isin(short))[["sold_units", "mean_units"]].sum()
    part = units["sold_units"] / units["mean_units"]
    assert part[False] > 0.93 and part[True] < 0.75
    scores = table(home, "select * from demand_backtest where scope = 'all_days'")
    assert scores[scores["model"] == "lightgbm"]["wpe"].abs().mean() < 0.1


def test_quantiles_ascend_and_the_sum_is_surer_than_its_days(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    lines = table(made[0], "select * from demand_forecast")
    quantiles = lines[QUANTILES].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0).all() and (lines["mean_units"] >= 0).all()
    by_horizon = lines.groupby("horizon")[["p90_units", "mean_units"]].sum()
    days = by_horizon.loc[["day_1", "day_2", "day_3"]].sum()
    assert by_horizon.loc["sum_72h", "p90_units"] < 0.97 * days["p90_units"]


def test_a_series_of_three_days_says_so(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    lines = table(made[0], "select * from demand_forecast")
    late = lines[lines["sku_id"] == "late"]
    assert set(late["fallback"]) == {"short_history"}
    assert (late["mean_units"] > 0).all()
    assert lines[~lines["sku_id"].isin(["late", "soon"])]["fallback"].isna().all()


def test_the_next_day_takes_the_stored_model_and_carries_its_figures(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    home, first = made
    following = run_day(home, AS_OF + timedelta(days=1), demand_day, demand_model)
    assert following["demand_model"]["model"] == first["demand_model"]["model"]
    scores = table(home, "select * from demand_backtest order by all").drop(columns="rows")
    of_first, carried = (group for _, group in scores.groupby("as_of"))
    pd.testing.assert_frame_equal(
        carried.drop(columns="as_of").reset_index(drop=True),
        of_first.drop(columns="as_of").reset_index(drop=True),
    )


def test_too_little_history_falls_back_on_means_and_says_so(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    orders = [
        line for line in made_orders(AS_OF) if line["business_date"] > AS_OF - timedelta(days=20)
    ]
    put(home, "orders", orders)
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    lines = table(home, "select * from demand_forecast")
    assert set(lines["model_version"]) == {"mean_of_days"}
    assert set(lines["fallback"]) == {"no_model"}
    assert (np.diff(lines[QUANTILES].to_numpy(), axis=1) >= 0).all()
    codes = set(table(home, "select code from fallbacks")["code"])
    assert {"demand_no_model", "no_weather", "no_holidays"} <= codes
    models = table(home, "select distinct model from demand_backtest")["model"]
    assert set(models) == {"mean_of_days", "same_day_last_week", "mean_7_days"}


def test_two_days_of_history_still_give_a_forecast(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    put(home, "orders", [order_line(1, AS_OF, "s", 4.0), order_line(2, AS_OF, "t", 2.0)])
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    lines = table(home, "select * from demand_forecast")
    assert len(lines) == 2 * len(Horizon)
    assert (lines["mean_units"] > 0).all()


def test_no_sale_at_all_gives_an_empty_forecast(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    assert table(home, "select * from demand_forecast").empty


@pytest.mark.parametrize(("last_holiday", "noted"), [("2025-10-01", True), ("2026-01-01", False)])
def test_a_horizon_beyond_the_calendar_is_said_loudly(
    tmp_path: Path, last_holiday: str, noted: bool
) -> None:
    home = home_at(tmp_path)
    as_of = date(2025, 12, 30)
    put(home, "orders", [order_line(1, as_of, "s", 4.0)])
    put(
        home,
        "holidays",
        [{"day": date.fromisoformat(last_holiday), "name": "x", "kind": "public_holiday"}],
    )
    run_day(home, as_of, demand_day, demand_model, demand_forecast)
    codes = set(table(home, "select code from fallbacks")["code"])
    assert ("calendar_ends" in codes) == noted


def test_observed_weather_is_used_only_without_any_forecast_and_is_noted(tmp_path: Path) -> None:
    observed = {"area_id": "c1", "day": AS_OF + timedelta(days=1), "rain_mm": 30.0}
    forecast = observed | {"issued_at": datetime(2026, 9, 5, 18), "rain_mm": 5.0}
    stale = observed | {"issued_at": datetime(2026, 9, 4, 18), "rain_mm": 9.0}
    later = observed | {"issued_at": datetime(2026, 9, 6, 18), "rain_mm": 7.0}
    drawn = [
        ([observed], 30.0),
        ([observed, stale, forecast, later], 5.0),
        ([observed, later], 30.0),
    ]
    for case, (weather, rain_mm) in enumerate(drawn):
        home = home_at(tmp_path / str(case))
        put(home, "orders", [order_line(1, AS_OF, "s", 4.0)])
        put(home, "weather", weather)
        run_day(home, AS_OF, demand_day)
        rows = features(home, AS_OF, [0]).set_index("horizon")
        assert rows.loc[1, "rain_mm"] == rain_mm


def test_quantiles_of_pieces_are_whole(made: tuple[LinliHome, dict[str, Any]]) -> None:
    lines = table(made[0], "select * from demand_forecast")
    by_weight = lines["sku_id"] == "s00"
    quantiles = lines[QUANTILES].to_numpy()
    assert (quantiles[~by_weight] == np.round(quantiles[~by_weight])).all()
    assert (quantiles[by_weight] != np.round(quantiles[by_weight])).mean() > 0.9


def test_a_launch_has_a_line_before_it_sells(made: tuple[LinliHome, dict[str, Any]]) -> None:
    """`soon` comes on offer in two days: half of what its category sells per day in each warehouse,
    as no launch before it tells how such are taken up."""
    lines = table(made[0], "select * from demand_forecast where sku_id = 'soon'")
    assert len(lines) == 2 * len(Horizon) and set(lines["fallback"]) == {"new_product"}
    for warehouse, mine in lines.groupby("warehouse_id"):
        days = table(
            made[0],
            "select avg(demand_units) as mean from demand_day "
            f"where as_of = DATE '{AS_OF}' and warehouse_id = '{warehouse}' "
            f"and day > DATE '{AS_OF - timedelta(days=28)}'",
        )
        units = mine.set_index("horizon")["mean_units"]
        each = 0.5 * float(days["mean"].iloc[0])
        assert units["day_1"] == 0
        assert units[["day_2", "day_3"]].tolist() == pytest.approx([each, each], rel=1e-3)
        assert units["sum_72h"] == pytest.approx(2 * each, rel=1e-3)
        quantiles = mine[mine["horizon"] == "sum_72h"][QUANTILES].to_numpy()
        assert (np.diff(quantiles, axis=1) >= 0).all() and quantiles[0, -1] > units["sum_72h"]
