"""Searches and looks as features: worked out by hand, and moving the forecast before sales do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from tests.pipeline.demand_lake import features, home_at, order_line, put, run_day, table

AS_OF = date(2026, 8, 31)
DAYS = 75
STATIONERY = ["铅笔", "橡皮", "文具盒", "书包", "作业本", "直尺"]
OTHERS = ["苹果", "香蕉", "酱油", "面条", "纸巾", "洗衣液", "鸡蛋", "牛奶", "大米"]


def _event(number: int, day: date, user: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "user_id": f"u{user}",
        "occurred_at": datetime(day.year, day.month, day.day, 10),
        "business_date": day,
        "community_id": "c1",
        **more,
    }


def _hand_drawn(root: Path, events: list[dict[str, Any]]) -> pd.Series:
    """Features of SKU p (田园 鲜牛奶 200ml, dairy) at AS_OF, one day ahead."""
    home = home_at(root)
    put(
        home,
        "orders",
        [
            order_line(100 * back + n, AS_OF - timedelta(back), sku, 1.0, category=category)
            for back in range(30)
            for n, (sku, category) in enumerate((("p", "dairy"), ("q", "dairy"), ("r", "fruit")))
        ],
    )
    put(
        home,
        "products",
        [
            {"sku_id": "p", "sku_name": "田园 鲜牛奶 200ml", "brand": "田园", "category": "dairy"},
            {"sku_id": "q", "sku_name": "田园 酸奶 200ml", "brand": "田园", "category": "dairy"},
            {"sku_id": "r", "sku_name": "田园 苹果 1kg", "brand": "田园", "category": "fruit"},
        ],
    )
    put(home, "browse", events)
    run_day(home, AS_OF, demand_day)
    rows = features(home, AS_OF, [0])
    return rows[(rows["sku_id"] == "p") & (rows["horizon"] == 1)].iloc[0]


def test_rises_by_hand(tmp_path: Path) -> None:
    """Every day for 28 days one user looks and one searches; today five and three do. Who looks
    twice counts once; other towns count for the SKU, not for the warehouse."""
    events = []
    for back in range(28):
        day = AS_OF - timedelta(back)
        for user in range(5 if back == 0 else 1):
            look = {"action": "view_detail", "sku_id": "p"}
            events += [_event(len(events), day, user, **look) for _ in range(2)]
        for user in range(3 if back == 0 else 1):
            text = ["有机鲜牛奶", "鲜牛奶", "牛奶"][user]
            events.append(_event(len(events), day, user, action="search", search_text=text))
    for user in range(7):
        elsewhere = {"action": "add_cart", "sku_id": "p", "community_id": "c9"}
        events.append(_event(len(events), AS_OF, 20 + user, **elsewhere))
        yoghurt = {"action": "search", "search_text": "酸奶"}
        events.append(_event(len(events), AS_OF, 30 + user, **yoghurt))
        apples = {"action": "search", "search_text": "苹果"}
        events.append(_event(len(events), AS_OF, 30 + user, **apples))
        listed = {"action": "view_list", "sku_id": "p"}
        events.append(_event(len(events), AS_OF, 40 + user, **listed))
    found = _hand_drawn(tmp_path, events)
    told = {name: found[name] for name in found.index if name.endswith(("rise_1", "rise_3"))}
    assert told == pytest.approx(
        {
            "own_looks_rise_1": (5 + 0.5) / 1.5,
            "own_looks_rise_3": (7 / 3 + 0.5) / 1.5,
            "sku_looks_rise_1": (12 + 0.5) / 1.5,
            "sku_looks_rise_3": (14 / 3 + 0.5) / 1.5,
            "sku_searches_rise_1": (3 + 0.5) / 1.5,
            "sku_searches_rise_3": (5 / 3 + 0.5) / 1.5,
            "category_searches_rise_1": (10 + 0.5) / 1.5,
            "category_searches_rise_3": (12 / 3 + 0.5) / 1.5,
        }
    )


def test_without_browsing_nothing_is_known_of_interest(tmp_path: Path) -> None:
    found = _hand_drawn(tmp_path, [])
    assert found[[name for name in found.index if "_rise_" in name]].isna().all()


def _platform(root: Path, *, searched: bool) -> pd.Series:
    """Units forecast per SKU. A wave of searches for an SKU, three times the usual, is followed by
    three days of three times the sales from the second day on; every SKU has one now and then. On
    the last two days people search for stationery, if `searched`; nobody has bought any yet."""
    random = np.random.default_rng(4)
    home, names = home_at(root), STATIONERY + OTHERS
    orders: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        waves = [start for start in range(8, DAYS - 8) if random.random() < 0.06]
        for offset in range(DAYS):
            day = AS_OF - timedelta(DAYS - 1 - offset)
            is_searched = any(start <= offset < start + 2 for start in waves)
            is_bought = any(start + 2 <= offset < start + 5 for start in waves)
            if name in STATIONERY and searched and offset >= DAYS - 2:
                is_searched = True
            for community in ("c1", "c2"):
                units = float(random.poisson(8 * (3 if is_bought else 1)))
                line = {"community": community, "category": "文具" if number < 6 else "食品"}
                orders.append(order_line(len(orders), day, f"s{number}", units + 0.01, **line))
            for user in range(int(random.poisson(10)) * (3 if is_searched else 1)):
                asked = {"action": "search", "search_text": name}
                events.append(_event(len(events), day, user, **asked))
    put(home, "orders", orders)
    put(home, "browse", events)
    put(
        home,
        "products",
        [
            {"sku_id": f"s{n}", "sku_name": name, "category": "文具" if n < 6 else "食品"}
            for n, name in enumerate(names)
        ],
    )
    run_day(home, AS_OF, demand_day, demand_model, demand_forecast)
    made = table(home, "select * from demand_forecast where horizon = 'sum_72h'")
    assert made["fallback"].isna().all()
    return made.groupby("sku_id")["mean_units"].sum()


def test_a_rise_of_searches_moves_the_forecast_before_sales_do(tmp_path: Path) -> None:
    """Searches for stationery rise by 200 % at the end of August."""
    usual = _platform(tmp_path / "usual", searched=False)
    risen = _platform(tmp_path / "risen", searched=True)
    ratio = risen / usual
    stationery = [f"s{number}" for number in range(len(STATIONERY))]
    assert (ratio[stationery] > 1.3).sum() >= 5 and ratio[stationery].median() > 1.5
    assert ratio.drop(stationery).median() == pytest.approx(1.0, abs=0.1)
