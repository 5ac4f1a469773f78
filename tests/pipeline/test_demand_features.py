"""Features of demand: nothing after the origin is seen, and pandas comes to the same figures."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.resources.home import LinliHome
from models.demand.feature_names import FEATURES
from models.params.demand import DEFAULTS
from tests.pipeline.demand_lake import features, home_at, order_line, put, run_day, table

AS_OF = date(2026, 9, 5)
FIRST = AS_OF - timedelta(days=44)
CUTOFF = "23:00"
END = datetime(2026, 9, 5, 23)
BACK = range(12)
NAMES = ["苹果", "香蕉", "葡萄", "西瓜", "草莓", "芒果"]


def exports(*, changed: bool) -> dict[str, list[dict[str, Any]]]:
    """A small platform. `changed`: everything that became known after `AS_OF` is other data."""
    rng = np.random.default_rng(3)
    after = np.random.default_rng(99 if changed else 5)
    orders: list[dict[str, Any]] = []
    availability: list[dict[str, Any]] = []
    weather: list[dict[str, Any]] = []
    skus, communities = [f"s{i}" for i in range(6)], ["c1", "c2", "c3"]
    for offset in range(49):
        day = FIRST + timedelta(days=offset)
        past = day <= AS_OF
        draw = rng if past else after
        for community in communities:
            for sku in skus:
                units, hour = round(float(draw.gamma(1.2, 1.5)), 2), int(draw.integers(7, 22))
                sold_out = int(draw.integers(10, 40))
                cancel_at = day + timedelta(days=int(rng.integers(0, 4)))
                line = order_line(
                    len(orders), day, sku, units + 0.01, hour=hour, community=community
                )
                line |= {"activity_id": activity_of(sku, day)}
                if rng.random() < 0.15:
                    moment = datetime(cancel_at.year, cancel_at.month, cancel_at.day, 9)
                    if moment < END or not changed:
                        line |= {"cancelled_units": units, "cancelled_at": moment}
                orders.append(line)
                letters = "A" * 24 if sold_out >= 24 else "A" * sold_out + "S" * (24 - sold_out)
                if community != "c2":  # one row per warehouse: c1 and c2 share theirs
                    availability.append(
                        {
                            "day": day,
                            "warehouse_id": warehouse(community),
                            "sku_id": sku,
                            "hours_status": letters,
                        }
                    )
        for ahead in (0, 1, 2, 3):
            issued = datetime(day.year, day.month, day.day, 18) - timedelta(days=ahead)
            draw = rng if issued < END else after
            weather.append(
                {
                    "area_id": "r1",
                    "day": day,
                    "issued_at": issued if ahead else None,
                    "rain_mm": round(float((draw if ahead or past else after).gamma(0.5, 8)), 1),
                    "temperature_celsius": round(
                        float((draw if ahead or past else after).normal(22, 4)), 1
                    ),
                }
            )
    return {
        "orders": orders,
        "availability": availability,
        "weather": weather,
        "promotions": promotions(changed),
        "browse": browsing(changed),
        "products": [
            {"sku_id": sku, "sku_name": f"田园 {name} 500g", "brand": "田园", "category": "fruit"}
            | {
                "list_price_yuan": Decimal(53 + 27 * place) / 10,
                "subcategory": "浆果" if place < 2 else "瓜",
            }
            for place, (sku, name) in enumerate(zip(skus, NAMES, strict=True))
        ],
        "communities": [
            {"community_id": c, "warehouse_id": warehouse(c), "region_id": "r1"}
            for c in communities
        ],
        "holidays": [{"day": date(2026, 10, 1), "name": "国庆", "kind": "public_holiday"}],
    }


def browsing(changed: bool) -> list[dict[str, Any]]:
    """Everybody looks at something and searches for something every day."""
    rows = []
    for offset in range(49):
        day = FIRST + timedelta(days=offset)
        draw = np.random.default_rng(offset + (1_000 if changed and day > AS_OF else 0))
        for user in range(40):
            seen = {
                "user_id": f"u{user}",
                "occurred_at": datetime(day.year, day.month, day.day, int(draw.integers(8, 22))),
                "business_date": day,
                "community_id": f"c{1 + user % 3}",
            }
            look = {"action": "view_detail", "sku_id": f"s{draw.integers(6)}"}
            search = {"action": "search", "search_text": f"新鲜{NAMES[draw.integers(6)]}"}
            for kind, more in (("l", look), ("s", search)):
                rows.append(seen | more | {"event_id": f"{kind}{offset}-{user}"})
    return rows


def warehouse(community: str) -> str:
    return {"c1": "w1", "c2": "w1", "c3": "w2"}[community]


def promotions(changed: bool) -> list[dict[str, Any]]:
    """Each SKU every tenth day; announced two days ahead, so that a horizon of 3 does not know."""
    rows = []
    for index, offset in enumerate(range(3, 49, 5)):
        starts = FIRST + timedelta(days=offset)
        announced = datetime(starts.year, starts.month, starts.day, 12) - timedelta(days=2)
        known = announced < END
        rows.append(
            {
                "promotion_id": f"p{index}",
                "activity_id": f"a{index}",
                "sku_id": f"s{index % 6}",
                "kind": "group_buy",
                "starts_on": starts,
                "ends_on": starts + timedelta(days=1),
                "discount_ratio": 0.7 if known or not changed else 0.3,
                "announced_at": announced,
            }
        )
    return rows


def activity_of(sku: str, day: date) -> str | None:
    """The activity a line was ordered under: the SKU's, while it runs and the day before."""
    for row in promotions(False):
        begun = row["starts_on"] - timedelta(days=1)
        if row["sku_id"] == sku and begun <= day <= row["ends_on"]:
            return str(row["activity_id"])
    return None


def lake(root: Path, *, changed: bool) -> LinliHome:
    home = home_at(root, cutoff=CUTOFF)
    for name, rows in exports(changed=changed).items():
        put(home, name, rows)
    run_day(home, AS_OF, demand_day)
    return home


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinliHome, LinliHome]:
    root = tmp_path_factory.mktemp("leak")
    return lake(root / "a", changed=False), lake(root / "b", changed=True)


def test_the_two_lakes_differ_only_after_as_of(homes: tuple[LinliHome, LinliHome]) -> None:
    for name, seen in (
        ("orders", "business_date <= DATE '2026-09-05'"),
        ("availability", "day <= DATE '2026-09-05'"),
        ("weather", "issued_at < TIMESTAMP '2026-09-05 23:00'"),
        ("promotions", "announced_at < TIMESTAMP '2026-09-05 23:00'"),
        ("browse", "business_date <= DATE '2026-09-05'"),
    ):
        hide = "* exclude (cancelled_units, cancelled_at)" if name == "orders" else "*"
        seen_sql = f"select {hide} from {name} where {seen} order by all"
        unseen_sql = f"select * from {name} where not ({seen}) order by all"
        assert table(homes[0], seen_sql).equals(table(homes[1], seen_sql))
        assert not table(homes[0], unseen_sql).equals(table(homes[1], unseen_sql))


def test_the_panel_is_the_same_to_the_bit(homes: tuple[LinliHome, LinliHome]) -> None:
    first, second = (table(home, "select * from demand_day order by all") for home in homes)
    assert len(first) > 400
    assert first.equals(second)


def test_features_are_the_same_to_the_bit(homes: tuple[LinliHome, LinliHome]) -> None:
    """Of the serving origin and of every earlier one, weather and promotions of the target days
    included."""
    first, second = (features(home, AS_OF, BACK) for home in homes)
    assert len(first) == 12 * 3 * 12
    assert first.equals(second)
    told = first[list(FEATURES)].notna().mean()
    assert told.drop(["humidity_percent", "wind_level"]).min() > 0.5


def test_an_earlier_origin_sees_what_a_run_of_that_day_would(
    homes: tuple[LinliHome, LinliHome],
) -> None:
    """Weather and promotions of the target are those known at the origin, not at as_of."""
    names = ["discount_target", "is_group_buy", "rain_mm", "temperature_celsius", "weekday"]
    key = ["warehouse_id", "sku_id", "horizon"]
    earlier = AS_OF - timedelta(days=5)
    of_today = features(homes[0], AS_OF, [5]).set_index(key)[names]
    run_day(homes[0], earlier, demand_day)
    of_then = features(homes[0], earlier, [0]).set_index(key)[names]
    pd.testing.assert_frame_equal(of_today, of_then)


def test_a_promotion_announced_two_days_ahead_is_not_known_three_days_ahead(
    homes: tuple[LinliHome, LinliHome],
) -> None:
    rows = features(homes[0], AS_OF, BACK)
    flagged = rows.groupby("horizon")["is_group_buy"].sum()
    starts = {row["starts_on"] for row in promotions(False)}
    first_days = rows[rows["target_day"].dt.date.isin(starts)]
    assert first_days[first_days["horizon"] == 3]["is_group_buy"].sum() == 0
    assert first_days[first_days["horizon"] == 2]["is_group_buy"].sum() > 0
    assert flagged[3] < flagged[2]
    lowest = first_days.groupby("horizon")["discount_target"].min()
    assert lowest.loc[[1, 2]].to_numpy() == pytest.approx(0.7)
    assert lowest.loc[3] == 1.0


def test_pandas_comes_to_the_same_windows(homes: tuple[LinliHome, LinliHome]) -> None:
    rows = features(homes[0], AS_OF, [0, 4, 9])
    panel = table(homes[0], f"select * from demand_day where as_of = DATE '{AS_OF}'")
    by_series = {
        key: group.set_index("day") for key, group in panel.groupby(["warehouse_id", "sku_id"])
    }
    for row in rows.to_dict(orient="records"):
        series = by_series[row["warehouse_id"], row["sku_id"]]
        known = series.loc[: row["origin"]]
        demand = known["demand_units"]
        weekdays = pd.DatetimeIndex(demand.index).dayofweek
        weekday = demand[weekdays == row["target_day"].dayofweek].iloc[::-1][:4]
        free = row["target_day"].dayofweek >= 5
        kind = demand.iloc[-28:][(weekdays[-28:] >= 5) == free]
        expected = {
            "demand_lag_0": demand.iloc[-1],
            "demand_lag_2": demand.iloc[-3],
            "same_weekday_1": weekday.iloc[0],
            "same_weekday_mean": weekday.mean(),
            "mean_3": demand.iloc[-3:].mean(),
            "mean_28": demand.iloc[-28:].mean(),
            "deviation_28": demand.iloc[-28:].std(ddof=0),
            "same_kind_mean_28": kind.mean(),
            "sold_mean_7": known["sold_units"].iloc[-7:].mean(),
            "in_stock_mean_7": known["in_stock_share"].iloc[-7:].mean(),
            "discount_mean_28": known["discount_ratio"].iloc[-28:].mean(),
            "sold_units": series["sold_units"].get(row["target_day"], np.nan),
        }
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=1e-4, abs=1e-4, nan_ok=True), name


def test_pandas_comes_to_the_same_weeks_of_what_a_series_belongs_to(
    homes: tuple[LinliHome, LinliHome],
) -> None:
    rows = features(homes[0], AS_OF, [0, 4])
    panel = table(homes[0], f"select * from demand_day where as_of = DATE '{AS_OF}'")
    for row in rows[rows["horizon"] == 1].to_dict(orient="records"):
        of_sku = panel[panel["sku_id"] == row["sku_id"]]
        of_warehouse = panel[panel["warehouse_id"] == row["warehouse_id"]]
        for level, series in (("platform", panel), ("sku", of_sku), ("warehouse", of_warehouse)):
            for days in (3, 7):
                back = (row["origin"] - series["day"]).dt.days
                now = series["demand_units"][(back >= 0) & (back < days)].mean()
                before = series["demand_units"][(back >= 7) & (back < 7 + days)].mean()
                name = f"{level}_week_on_week_{days}"
                assert row[name] == pytest.approx(now / before, rel=1e-4), name
        # one region: its SKU everywhere is its SKU
        assert row["region_sku_rising"] == row["sku_rising"]
        assert row["region_mean_28"] == row["platform_mean_28"]


def test_orders_in_hand_for_days_to_come(homes: tuple[LinliHome, LinliHome]) -> None:
    """What was ordered by the origin under activities that still run on the target day, net."""
    rows = features(homes[0], AS_OF, BACK)
    lines = pd.DataFrame(exports(changed=False)["orders"])
    lines = lines[lines["activity_id"].notna()]
    seen = lines["cancelled_at"].isna() | (lines["cancelled_at"] >= END)
    units = lines["quantity_units"] - lines["cancelled_units"].fillna(0).where(~seen, 0)
    lines = lines.assign(units=units, warehouse_id=lines["community_id"].map(warehouse))
    ends = {row["activity_id"]: row["ends_on"] for row in promotions(False)}
    ends_on = lines["activity_id"].map(ends)
    some = 0
    for row in rows.to_dict(orient="records"):
        mine = (lines["warehouse_id"] == row["warehouse_id"]) & (lines["sku_id"] == row["sku_id"])
        known = lines["business_date"] <= row["origin"].date()
        running = ends_on >= row["target_day"].date()
        expected = lines["units"][mine & known & running].sum()
        assert row["preordered_units"] == pytest.approx(expected, rel=1e-4, abs=1e-4)
        some += expected > 0
    assert some > 10


def test_similar_skus_and_prices(homes: tuple[LinliHome, LinliHome]) -> None:
    """The SKU elsewhere at the size of the warehouse, its sub-category, its category, by days."""
    rows = features(homes[0], AS_OF, [0])
    panel = table(homes[0], f"select * from demand_day where as_of = DATE '{AS_OF}'")
    panel = panel[panel["day"] > pd.Timestamp(AS_OF - timedelta(days=28))]
    panel = panel[panel["demand_units"].notna()]
    berries = panel["sku_id"].isin(["s0", "s1"])
    prior = DEFAULTS.model.prior_series_days
    for row in rows[rows["horizon"] == 1].to_dict(orient="records"):
        here = panel["warehouse_id"] == row["warehouse_id"]
        sku = panel[panel["sku_id"] == row["sku_id"]]["demand_units"]
        like = panel[here & (berries == (row["sku_id"] in ("s0", "s1")))]["demand_units"]
        category = panel[here]["demand_units"].mean()
        kind = (like.sum() + prior * category) / (len(like) + prior)
        size = category / panel["demand_units"].mean()
        expected = (sku.sum() * size + prior * kind) / (len(sku) + prior)
        assert row["similar_mean"] == pytest.approx(expected, rel=1e-4)
        prices = 5.3 + 2.7 * np.arange(6)
        # each SKU is a series in both warehouses
        assert row["price_ratio"] == pytest.approx(
            prices[int(row["sku_id"][1:])] / prices.mean(), rel=1e-5
        )
