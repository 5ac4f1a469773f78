"""The order-arrival nowcast on a made platform: sees nothing later, errs less as the cut-off nears,
beats plain peers, says what it had to do without."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.framework.day_asset import DayRun
from assets.predict.nowcast.nowcast_panel import create_order_lines, groups_of, read_panel
from assets.publish import provenance
from assets.resources.home import LinliHome
from data_contracts.errors import LinliError, NoDataError
from data_contracts.tables.demand import QUANTILE_PERCENTS, quantile_column
from data_contracts.tables.nowcast import NOWCAST_BACKTEST, ORDER_NOWCAST, WAREHOUSE_NOWCAST
from models.demand.nowcast_backtest import NOWCAST, REST, TOTAL, WAREHOUSE_TOTAL, WAREHOUSE_UNIT
from models.params.nowcast import DEFAULTS
from tests.pipeline.demand_lake import put, table
from tests.pipeline.nowcast_lake import (
    OPEN_DAY,
    SKUS,
    WAREHOUSES,
    lake_of,
    made_orders,
    nowcast,
    opening,
    put_forecast,
    stored,
)

TABLES = (ORDER_NOWCAST, WAREHOUSE_NOWCAST, NOWCAST_BACKTEST)
AT = datetime(2026, 9, 4, 17, 30)
KEY = ["warehouse_id", "sku_id"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinliHome, dict[str, Any]]:
    """A home with a cut-off at 23:00, its nowcast at 17:30 made."""
    home = lake_of(tmp_path_factory.mktemp("made"), made_orders("23:00"))
    return home, nowcast(home, AT)


def wape_of(home: LinliHome) -> pd.Series:
    """Mean WAPE over the past days by scope, model, hours left."""
    return stored(home, NOWCAST_BACKTEST).groupby(["scope", "model", "hours_left"])["wape"].mean()


def ordered_until(
    orders: list[dict[str, Any]], start: datetime, end: datetime
) -> dict[tuple, float]:
    """The same by hand: units ordered from `start` on and before `end`, less cancelled before."""
    found: dict[tuple, float] = {}
    for line in orders:
        if not start <= line["ordered_at"] < end:
            continue
        if "cancelled_at" in line and line["cancelled_at"] < end:
            continue
        key = WAREHOUSES[line["community_id"]], line["sku_id"]
        found[key] = found.get(key, 0.0) + line["quantity_units"]
    return found


@pytest.mark.parametrize("scope", [TOTAL, WAREHOUSE_TOTAL])
def test_the_error_of_the_day_falls_as_the_cut_off_nears(
    made: tuple[LinliHome, dict[str, Any]], scope: str
) -> None:
    found = wape_of(made[0])[scope, NOWCAST].sort_index(ascending=False)
    assert list(found.index) == [18.0, 12.0, 8.0, 6.0, 5.5, 4.0, 2.0, 1.0]
    assert (found.diff().dropna() < 0.005).all(), found
    assert found[1.0] < 0.5 * found[18.0]
    days = stored(made[0], NOWCAST_BACKTEST)["day"]
    assert days.nunique() == DEFAULTS.scored_days and days.max() == pd.Timestamp("2026-09-03")


def test_it_beats_its_peers_in_the_hours_before_the_cut_off(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    found = wape_of(made[0])
    for scope in (REST, TOTAL, WAREHOUSE_TOTAL):
        for left in (8.0, 6.0, 5.5, 4.0, 2.0, 1.0):
            of_hour = found.xs((scope, left), level=("scope", "hours_left"))
            peers = of_hour.drop(NOWCAST).min()
            # of a whole warehouse most has come in the last hour: scaling it up is as good
            slack = 1.05 if (scope, left) == (WAREHOUSE_TOTAL, 1.0) else 1.0
            assert of_hour[NOWCAST] < slack * peers, (scope, left, of_hour.to_dict())


def changed_future(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """From AT on half of the orders are gone, the others larger; there are new ones, and a third of
    the lines that stand is cancelled."""
    other = []
    for number, line in enumerate(orders):
        if line["ordered_at"] >= AT:
            if number % 2:
                other.append(line | {"quantity_units": 77.0})
            continue
        if line.get("cancelled_at", AT) >= AT and number % 3 == 0:
            late = AT + timedelta(seconds=number % 7200)
            line = line | {"cancelled_units": line["quantity_units"], "cancelled_at": late}
        other.append(line)
    last = orders[-1]
    return other + [last | {"order_id": f"n{i}", "ordered_at": AT} for i in range(500)]


def test_what_happens_from_the_clock_time_on_changes_no_bit(
    made: tuple[LinliHome, dict[str, Any]], tmp_path: Path
) -> None:
    orders = made_orders("23:00")
    assert changed_future(orders) != orders
    other = lake_of(tmp_path / "future", changed_future(orders))
    letters = "A" * 17 + "S" * 7  # 17:00 is not over at 17:30
    sold_out = {"day": OPEN_DAY, "warehouse_id": "w1", "hours_status": letters}
    put(other, "availability", [sold_out | {"sku_id": "s01"}])
    nowcast(other, AT)
    for one in TABLES:
        pd.testing.assert_frame_equal(stored(made[0], one), stored(other, one), check_exact=True)
    # the comparison would notice: one order a second earlier is seen
    seen = orders[0] | {"order_id": "x", "ordered_at": AT - timedelta(seconds=1)}
    seen["business_date"] = OPEN_DAY
    put(other, "orders", [*orders, seen])
    nowcast(other, AT)
    assert not stored(made[0], ORDER_NOWCAST).equals(stored(other, ORDER_NOWCAST))


@pytest.mark.parametrize(("cutoff", "hour"), [("20:00", 17), ("23:00", 17), ("24:00", 9)])
def test_orders_so_far_are_those_since_the_cut_off_of_the_day_before(
    tmp_path: Path, cutoff: str, hour: int
) -> None:
    orders = made_orders(cutoff)
    home = lake_of(tmp_path, orders, cutoff=cutoff)
    at = datetime(OPEN_DAY.year, OPEN_DAY.month, OPEN_DAY.day, hour, 20)
    shown = nowcast(home, at)
    lines = stored(home, ORDER_NOWCAST)
    by_hand = ordered_until(orders, opening(OPEN_DAY, cutoff), at)
    found = lines[lines["ordered_units"] > 0].set_index(KEY)["ordered_units"].to_dict()
    assert found == by_hand and by_hand
    left = {"20:00": 2 + 2 / 3, "23:00": 5 + 2 / 3, "24:00": 14 + 2 / 3}[cutoff]
    assert shown["hours_left"] == pytest.approx(left)
    # past days are told from their own opening too: none of them is a calendar day cut in two
    scored = stored(home, NOWCAST_BACKTEST)
    day = (OPEN_DAY - timedelta(days=1), "23:59:59")
    end = opening(OPEN_DAY, cutoff)
    total = sum(ordered_until(orders, opening(day[0], cutoff), end).values())
    rows = scored[(scored["scope"] == TOTAL) & (scored["day"] == pd.Timestamp(day[0]))]
    assert rows["actual_units"].to_numpy() == pytest.approx(total)


@pytest.mark.parametrize("back", [1, 20])
def test_past_days_stand_as_they_stood_at_each_hour(
    made: tuple[LinliHome, dict[str, Any]], back: int
) -> None:
    """A cancellation counts from its own moment on, one after the cut-off not at all."""
    day = OPEN_DAY - timedelta(days=back)
    run = DayRun(step="test", as_of=OPEN_DAY, home=made[0], log=lambda line: None)
    with made[0].lakehouse.session() as session:
        first_day = create_order_lines(session, run, AT, DEFAULTS)
        panel = read_panel(session, run, AT, first_day, DEFAULTS)
    keys = list(zip(panel.series["warehouse_id"], panel.series["sku_id"], strict=True))
    orders, place = made_orders("23:00"), (day - panel.first_day).days
    start, end = opening(day, "23:00"), opening(day + timedelta(days=1), "23:00")
    kept = [line for line in orders if line.get("cancelled_at", end) >= end]
    whole = ordered_until(kept, start, end)
    assert panel.days.total_units[:, place].tolist() == [whole.get(key, 0.0) for key in keys]
    for moment in panel.moments:
        at = end - timedelta(hours=moment.hours_left)
        so_far, rest = ordered_until(orders, start, at), ordered_until(kept, at, end)
        assert moment.observed_units[:, place].tolist() == [so_far.get(key, 0.0) for key in keys]
        assert moment.rest_units[:, place].tolist() == [rest.get(key, 0.0) for key in keys]


def test_pieces_and_kilograms_of_a_warehouse_are_not_added_up() -> None:
    series = pd.DataFrame(
        {
            "platform_no": 0,
            "warehouse_no": [1, 1, 2],
            "sku_no": [5, 9, 5],
            "category_no": 3,
            "sale_unit": ["piece", "kg", "piece"],
        }
    )
    groups = groups_of(series)
    assert len(set(groups[WAREHOUSE_UNIT])) == 3 and len(set(groups["warehouse"])) == 2
    assert groups["sku"].tolist() == [0, 1, 0]


def test_the_total_is_ordered_and_rest_and_its_quantiles_never_fall_below_the_orders(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    lines = stored(made[0], ORDER_NOWCAST)
    quantiles = lines[[quantile_column(percent) for percent in QUANTILE_PERCENTS]].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all() and (quantiles >= 0).all()
    assert np.allclose(lines["total_units"], lines["ordered_units"] + lines["rest_units"])
    assert (lines["total_p10_units"] >= lines["ordered_units"]).all()
    assert np.allclose(lines["total_p90_units"] - lines["ordered_units"], lines["p90_units"])
    sums = stored(made[0], WAREHOUSE_NOWCAST)
    for name in ("ordered_units", "rest_units", "prior_units"):
        assert sums[name].sum() == pytest.approx(lines[name].sum())
    assert (sums["total_p10_units"] < sums["total_units"]).all()
    # the band of a warehouse is narrower than the bands of its SKUs laid end to end
    assert sums["total_p90_units"].sum() < 0.95 * lines["total_p90_units"].sum()


def test_without_a_forecast_of_the_day_means_stand_in_and_it_says_so(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    assert set(stored(made[0], ORDER_NOWCAST)["prior_kind"]) == {"mean_of_days"}
    codes = table(made[0], "select code from fallbacks where step = 'order_nowcast'")["code"]
    assert set(codes) == {"nowcast_no_forecast"}


def test_what_a_nowcast_did_without_is_no_matter_of_the_closed_day(
    made: tuple[LinliHome, dict[str, Any]],
) -> None:
    """Its run card would call the day degraded by what was missing while it was open."""
    told = {}
    for step in ("nowcast_list", "restock_list", "run_card"):
        run = DayRun(step=step, as_of=OPEN_DAY, home=made[0], log=lambda line: None)
        with made[0].lakehouse.session() as session:
            told[step] = [note.code for note in provenance.fallbacks(session, run)]
    assert told == {"nowcast_list": ["nowcast_no_forecast"], "restock_list": [], "run_card": []}


def test_the_forecast_of_yesterday_is_where_it_starts(tmp_path: Path) -> None:
    home = lake_of(tmp_path, made_orders("23:00"))
    known = {(w, f"s{sku:02}"): 5.0 + sku for w in WAREHOUSES.values() for sku in range(SKUS)}
    del known["w2", "s09"]
    put_forecast(home, OPEN_DAY - timedelta(days=1), known | {("w1", "only here"): 9.0})
    put_forecast(home, OPEN_DAY, dict.fromkeys(known, 1000.0))  # made later: not to be seen
    nowcast(home, AT)
    lines = stored(home, ORDER_NOWCAST).set_index(KEY)
    of_forecast = lines[lines["prior_kind"] == "forecast"]
    assert of_forecast["prior_units"].to_dict() == known | {("w1", "only here"): 9.0}
    newcomer = lines.loc[("w2", "s09")]
    assert newcomer["prior_kind"] == "category_mean" and newcomer["rest_units"] > 0
    codes = table(home, "select code from fallbacks where step = 'order_nowcast'")["code"]
    assert set(codes) == {"nowcast_few_forecasts"}


def test_what_is_sold_out_or_used_up_now_is_flagged_and_told_as_demand(tmp_path: Path) -> None:
    until_noon = [
        line | {"activity_id": "a"} if is_offer else line
        for line in made_orders("23:00")
        for is_offer in [line["sku_id"] == "s05" and line["business_date"] == OPEN_DAY]
        if not is_offer or line["ordered_at"] < datetime(2026, 9, 4, 12)
    ]
    home = lake_of(tmp_path, until_noon)
    said = {"day": OPEN_DAY, "warehouse_id": "w1"}
    put(
        home,
        "availability",
        [
            said | {"sku_id": "s01", "hours_status": "A" * 16 + "S" + "A" * 7},
            said | {"sku_id": "s02", "hours_status": "A" * 16 + "N" + "A" * 7},
            said | {"sku_id": "s03", "hours_status": "S" * 16 + "A" * 8},  # on sale again
        ],
    )
    of_offer = [line for line in until_noon if "activity_id" in line]
    sold = sum(ordered_until(of_offer, opening(OPEN_DAY, "23:00"), AT).values())
    offer = {"promotion_id": "p", "activity_id": "a", "sku_id": "s05", "starts_on": OPEN_DAY}
    put(home, "promotions", [offer | {"ends_on": OPEN_DAY, "total_quantity_units": sold}])
    nowcast(home, AT)
    lines = stored(home, ORDER_NOWCAST)
    flags = lines.set_index(KEY)["flag"].dropna().to_dict()
    assert flags.pop(("w1", "s01")) == "sold_out" and flags.pop(("w1", "s02")) == "not_offered"
    bought_in = {WAREHOUSES[line["community_id"]] for line in of_offer}
    assert bought_in and flags == {(w, "s05"): "sold_out" for w in bought_in}
    shut = lines[lines["flag"].notna()]
    assert (shut["rest_units"] < 0.5 * shut["rest_on_sale_units"]).all()
    free = lines[lines["flag"].isna()]
    assert (free["rest_units"] == free["rest_on_sale_units"]).all()
    # that it was sold again later is not known yet
    day = (line for line in made_orders("23:00") if line["business_date"] == OPEN_DAY)
    again = [line for line in day if line["sku_id"] == "s05" and line["ordered_at"] >= AT]
    assert again
    put(home, "orders", until_noon + again)
    nowcast(home, AT)
    pd.testing.assert_frame_equal(lines, stored(home, ORDER_NOWCAST), check_exact=True)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        (datetime(2026, 9, 3, 22, 59, 59), "before business day 2026-09-04 opens"),
        (datetime(2026, 9, 4, 23, 0), "the day is closed"),
    ],
)
def test_a_clock_time_outside_the_open_day_is_refused(
    made: tuple[LinliHome, dict[str, Any]], at: datetime, message: str
) -> None:
    with pytest.raises(LinliError, match=message):
        nowcast(made[0], at)


def test_orders_that_end_before_the_clock_time_are_refused(tmp_path: Path) -> None:
    """What was not exported would be taken for hours without an order."""
    exported = datetime(2026, 9, 4, 13, 0)
    orders = [line for line in made_orders("23:00") if line["ordered_at"] < exported]
    home = lake_of(tmp_path, orders)
    with pytest.raises(NoDataError, match=r"orders end at 2026-09-04 11:.*--at 2026-09-04T11:"):
        nowcast(home, AT)
    assert nowcast(home, exported)["ordered_units"] > 0


def test_a_first_day_has_nothing_to_learn_from(tmp_path: Path) -> None:
    orders = [line for line in made_orders("23:00") if line["business_date"] == OPEN_DAY]
    with pytest.raises(NoDataError, match="the nowcast needs past days"):
        nowcast(lake_of(tmp_path, orders), AT)


def test_a_week_of_history_gives_a_nowcast_without_figures_and_says_so(tmp_path: Path) -> None:
    first = OPEN_DAY - timedelta(days=6)
    orders = [line for line in made_orders("23:00") if line["business_date"] >= first]
    home = lake_of(tmp_path, orders)
    assert "accuracy" not in nowcast(home, AT)
    assert (stored(home, ORDER_NOWCAST)["rest_units"] > 0).any()
    assert stored(home, NOWCAST_BACKTEST).empty
    codes = table(home, "select code from fallbacks where step = 'order_nowcast'")["code"]
    assert "nowcast_few_days" in set(codes)
