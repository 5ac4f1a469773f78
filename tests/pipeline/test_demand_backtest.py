"""The rolling backtest on a made platform: forecasts of their day, peers, the page, the command."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.evaluate.rolling_origin import demand_backtest_steps as rolling
from assets.evaluate.rolling_origin.demand_backtest import demand_rolling
from assets.publish.reports.backtest_report import backtest_report
from assets.resources.home import LinliHome
from data_contracts.errors import LinliError
from data_contracts.tables.backtest import DEMAND_ROLLING
from tests.conftest import linli
from tests.events import materialize
from tests.pipeline.demand_lake import home_at, put, run_day, table
from tests.pipeline.weekday_lake import AS_OF, made_orders, put_references

ORIGINS = [AS_OF - timedelta(days=days) for days in (6, 3)]


def backtest(home: LinliHome, **config: Any) -> None:
    asked = {"origins": 2, "peers": ["ssa", "trees_per_quantile"]} | config
    result = materialize(
        [demand_day, demand_rolling, backtest_report],
        partition_key=AS_OF.isoformat(),
        resources={"linli": home},
        run_config={"ops": {"demand_rolling": {"config": asked}}},
    )
    assert result.success


def lines(home: LinliHome) -> pd.DataFrame:
    return table(
        home, "select * from demand_rolling order by origin, warehouse_id, sku_id, horizon"
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    home = home_at(tmp_path_factory.mktemp("rolling"))
    put(home, "orders", made_orders(AS_OF))
    put_references(home)
    backtest(home)
    return home


def test_every_origin_is_forecast_for_three_days_and_their_sum(made: LinliHome) -> None:
    found = lines(made)
    assert sorted({day.date() for day in found["origin"]}) == ORIGINS
    per_series = found.groupby(["origin", "warehouse_id", "sku_id"]).size()
    assert (per_series == 4).all() and len(per_series) > 100
    assert (found["model"] == "lightgbm").all()
    sums = found[found["horizon"] == "sum_72h"]
    days = found[found["horizon"] != "sum_72h"]
    keys = ["origin", "warehouse_id", "sku_id"]
    added = days.groupby(keys)["sold_units"].sum()
    assert np.allclose(sums.set_index(keys)["sold_units"].sort_index(), added.sort_index())


def test_the_model_beats_its_peers_here_and_the_page_says_so(made: LinliHome) -> None:
    folder = made.report_dir(AS_OF)
    headline = pd.read_csv(folder / "demand_backtest_headline.csv").set_index(["scope", "model"])
    ours = headline.loc[("in_stock_days", "linli"), "wape"]
    for peer in ("same_day_last_week", "mean_7_days", "ssa"):
        # weekdays are all there is here, and similar days know as much of them
        worse = 1.05 if peer == "ssa" else 1.0
        assert ours < worse * headline.loc[("in_stock_days", peer), "wape"], peer
        assert (
            headline.loc[("in_stock_days", peer), "rows"]
            == headline.loc[("in_stock_days", "linli"), "rows"]
        )
    page = (folder / "demand_backtest.html").read_text("utf-8")
    assert f"{100 * ours:.1f} %" in page and "<svg" in page and "http" not in _without_svg(page)
    quantiles = pd.read_csv(folder / "demand_backtest_coverage.csv")
    assert set(quantiles["scope"]) == {"in_stock_days", "sum_72h"}
    assert (
        abs(quantiles.set_index(["scope", "percent"]).loc[("sum_72h", 90.0), "linli_under"] - 0.9)
        < 0.1
    )


def _without_svg(page: str) -> str:
    """A drawing names its name spaces; the page beside must not fetch anything."""
    parts = page.split("<svg")
    return parts[0] + "".join(part.split("</svg>", 1)[1] for part in parts[1:])


def test_a_forecast_sees_nothing_after_its_origin(made: LinliHome, tmp_path: Path) -> None:
    """Sales after an origin are made three times as much: its forecasts and quantiles stay."""
    last = ORIGINS[-1]
    other = home_at(tmp_path)
    orders = [
        line | {"quantity_units": 3 * line["quantity_units"]}
        if line["business_date"] > last
        else line
        for line in made_orders(AS_OF)
    ]
    put(other, "orders", orders)
    put_references(other)
    backtest(other, peers=["ssa"])
    columns = ["warehouse_id", "sku_id", "horizon", "mean_units", "forecast_sold_units"]
    columns += ["p10_units", "p90_units", "ssa_units", "mean_7_days_units", "turnover_class"]
    before, after = (
        frame[frame["origin"] == pd.Timestamp(last)][columns].reset_index(drop=True)
        for frame in (lines(made), lines(other))
    )
    pd.testing.assert_frame_equal(before, after)
    sold = [
        frame[frame["origin"] == pd.Timestamp(last)]["sold_units"].sum()
        for frame in (lines(made), lines(other))
    ]
    assert sold[1] > 2.5 * sold[0]


def test_it_is_fitted_anew_as_often_as_asked(
    made: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[str] = []
    fit = rolling.fit_boosters
    monkeypatch.setattr(
        rolling, "fit_boosters", lambda *given: (fits.append(given[-1]), fit(*given))[1]
    )
    backtest(made, refit_every_days=1, peers=[])
    assert len(fits) == 5, "two origins, and three before them for the quantiles"
    fits.clear()
    backtest(made, refit_every_days=30, peers=[])
    assert len(fits) == 1


def test_a_short_history_says_what_to_do(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    orders = [line for line in made_orders(AS_OF) if line["business_date"] > AS_OF - timedelta(15)]
    put(home, "orders", orders)
    put_references(home)
    run_day(home, AS_OF, demand_day)
    with pytest.raises(LinliError, match="choose a later day, or a shorter distance"):
        backtest(home)


def test_peers_of_another_environment_are_asked_for_by_name(made: LinliHome) -> None:
    with pytest.raises(LinliError, match="make peers"):
        backtest(made, peers=["mlforecast"])
    with pytest.raises(LinliError, match="unknown baseline nobody"):
        backtest(made, peers=["nobody"])


def with_peers_in(home: LinliHome, python: str) -> LinliHome:
    return LinliHome(
        home=home.home, exports=home.exports, threads=1, memory_limit="1GB", peers_python=python
    )


def test_a_broken_environment_of_peers_is_told(made: LinliHome, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no module named pandas >&2; exit 1\n", "utf-8")
    python.chmod(0o755)
    broken = with_peers_in(made, str(python))
    with pytest.raises(LinliError, match=r"failed: no module named pandas; .*make peers"):
        backtest(broken, peers=["auto_ets"])


def test_peers_of_another_environment(made: LinliHome) -> None:
    python = os.environ.get("LINLI_PEERS_PYTHON")
    if not python:
        pytest.skip("LINLI_PEERS_PYTHON names no environment of peers (`make peers`)")
    asked = with_peers_in(made, python)
    backtest(asked, peers=["mlforecast", "auto_ets"])
    found = lines(asked)
    days = found[found["horizon"] != "sum_72h"]
    assert days["mlforecast_units"].notna().mean() > 0.95
    error = (days["mlforecast_units"] - days["sold_units"]).abs().sum() / days["sold_units"].sum()
    naive = (days["same_day_last_week_units"] - days["sold_units"]).abs().sum()
    assert error < naive / days["sold_units"].sum(), "it learns the weekdays"


def test_the_command_refuses_an_unknown_peer(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    result = linli("backtest", "demand", "--exports", tmp_path / "no", "--home", tmp_path)
    assert result.exit_code == 1 and "no such folder" in result.output
    result = linli("backtest", "demand", "--help")
    assert "Example: linli backtest demand" in " ".join(result.output.split())


def test_the_table_is_as_declared(made: LinliHome) -> None:
    found = lines(made)
    names = [column.name for column in DEMAND_ROLLING.lake_columns]
    assert [name for name in found.columns if name in names] == names
