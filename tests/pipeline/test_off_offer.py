"""SKUs that go off offer or come back: no demand, no order and no nowcast of a day not on offer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.decide.replenishment.restock_lines import restock_lines
from assets.predict.demand.demand_forecast import demand_forecast
from assets.resources.home import LinliHome
from data_contracts.tables.nowcast import ORDER_NOWCAST
from tests.pipeline.demand_lake import home_at, order_line, put, run_day, table
from tests.pipeline.nowcast_lake import OPEN_DAY, lake_of, made_orders, nowcast, stored
from tests.pipeline.small_lake import fill
from tests.supply_rows import certain_supply

AS_OF = date(2026, 9, 5)


def _day(offset: int) -> date:
    return AS_OF + timedelta(days=offset)


# SKU: last day on offer, day of (re)launch, last day sold (days from as_of), days with demand
OFFERS: Mapping[str, tuple[int | None, int | None, int, tuple[int, ...]]] = {
    "kept": (None, None, 0, (1, 2, 3)),
    "gone before": (-2, None, -2, ()),
    "gone today": (0, None, 0, ()),
    "last day 1": (1, None, 0, (1,)),
    "last day 2": (2, None, 0, (1, 2)),
    "last day 3": (3, None, 0, (1, 2, 3)),
    "gone and sold": (-2, None, 0, ()),
    "relisted": (-4, -2, 0, (1, 2, 3)),
    "relisted on day 2": (-1, 2, -1, (2, 3)),
    "relisted after months": (-60, 2, -60, (2, 3)),
    "relisted later": (-1, 9, -1, ()),
    "launched on day 3": (None, 3, -999, (3,)),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """Every SKU sells ten a day for 30 days, or until its last day."""
    home = home_at(tmp_path_factory.mktemp("made"))
    days = [offset for offset in range(-90, 1) if offset >= -30 or offset <= -60]
    lines: list[dict[str, Any]] = []
    for sku, (_, _, last_sold, _) in OFFERS.items():
        first = -90 if sku == "relisted after months" else -30
        for offset in days:
            if first <= offset <= last_sold:
                lines.append(order_line(len(lines), _day(offset), sku, 10.0))
    put(home, "orders", lines)
    put(
        home,
        "products",
        [
            {
                "sku_id": sku,
                "category": "fruit",
                "fulfilment_mode": "prestock",
                "delisted_on": None if ended is None else _day(ended),
                "launched_on": None if begun is None else _day(begun),
                "pack_size_units": 8.0,
            }
            for sku, (ended, begun, _, _) in OFFERS.items()
        ],
    )
    fill(home, certain_supply(AS_OF, [("c1", sku) for sku in OFFERS]))
    run_day(home, AS_OF, demand_day, demand_forecast, restock_lines)
    return home


@pytest.mark.parametrize("sku", OFFERS)
def test_only_days_on_offer_have_demand(made: LinliHome, sku: str) -> None:
    lines = table(
        made, f"select * from demand_forecast where sku_id = '{sku}' order by horizon"
    ).set_index("horizon")
    expected = OFFERS[sku][3]
    if not expected:
        assert lines.empty
        return
    wanted = {f"day_{ahead}" for ahead in expected}
    days = lines[lines.index.str.startswith("day_")]
    assert set(days.index[days["mean_units"] > 1]) == wanted
    off = days[~days.index.isin(wanted)].filter(regex="_units$")
    assert (off.to_numpy() == 0).all()
    for name in ("mean_units", "sold_units"):
        assert lines.loc["sum_72h", name] == pytest.approx(days[name].sum())
    if len(wanted) == 1:
        names = [name for name in lines if name.startswith("p")]
        (day,) = wanted
        assert lines.loc["sum_72h", names].tolist() == lines.loc[day, names].tolist()


def test_nothing_is_ordered_for_days_off_offer(made: LinliHome) -> None:
    lines = table(made, "select * from restock_lines").set_index("sku_id")
    sold_today = {"gone today", "gone and sold"}  # what is ordered already is to be delivered
    assert set(lines.index) == sold_today | {sku for sku, offer in OFFERS.items() if offer[3]}
    assert (lines.loc[list(sold_today), "suggested_units"] == 0).all()
    assert lines.loc[list(sold_today), "flag_zh"].str.contains("已下架，不再计需求").all()
    # packs of eight for the ten pieces of day 2; without prices a piece too many counts a quarter
    # of a missing one, so that the second pack is bought although six pieces may be left
    for sku in ("kept", "last day 3", "last day 2"):
        assert lines.loc[sku, "suggested_units"] == 16
    # none that comes too late
    assert lines.loc["last day 1", "suggested_units"] == 0
    assert lines.loc["last day 1", "no_order_reason"] == "off_offer_on_arrival"
    assert "9月6日后下架" in lines.loc["last day 1", "flag_zh"]
    assert "下架" not in str(lines.loc["kept", "flag_zh"])


def test_zeros_after_the_last_day_on_offer_are_no_lack_of_demand(made: LinliHome) -> None:
    days = table(
        made, "select sku_id, day, zero_kind, demand_units from demand_day where day > '2026-09-03'"
    )
    gone = days[days["sku_id"] == "gone before"]
    assert len(gone) == 2
    assert (gone["zero_kind"] == "not_offered").all() and gone["demand_units"].isna().all()
    assert days[days["sku_id"] == "gone and sold"]["demand_units"].tolist() == [10.0, 10.0]


def test_sales_after_the_last_day_are_a_question(made: LinliHome) -> None:
    notes = table(made, "select code, message from fallbacks where step = 'demand_forecast'")
    (message,) = notes[notes["code"] == "sold_after_delisting"]["message"]
    assert message.startswith("1 SKUs")


def test_the_nowcast_expects_nothing_more_of_what_is_off_offer(tmp_path: Path) -> None:
    home = lake_of(tmp_path, made_orders("23:00"))
    yesterday, today = OPEN_DAY - timedelta(days=1), OPEN_DAY
    put(
        home,
        "products",
        [
            {"sku_id": "s01", "delisted_on": yesterday},
            {"sku_id": "s02", "delisted_on": today},
            {"sku_id": "s03", "delisted_on": yesterday, "launched_on": today},
        ],
    )
    nowcast(home, datetime(2026, 9, 4, 17, 30))
    lines = stored(home, ORDER_NOWCAST)
    rest = lines.groupby("sku_id")["rest_units"].sum()
    assert rest["s01"] == 0 and (rest.drop("s01") > 0).all()
    gone = lines[lines["sku_id"] == "s01"]
    assert (gone["ordered_units"] > 0).any(), "what is ordered stays"
    assert set(gone["flag"]) == {"not_offered"}
    assert lines[lines["sku_id"].isin(["s02", "s03"])]["flag"].isna().all()
    quantiles = gone.filter(regex=r"^p\d").to_numpy()
    assert (quantiles == 0).all() and not pd.isna(quantiles).any()
