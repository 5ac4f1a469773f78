"""The demand panel, drawn by hand: what a zero means, what is made up for, what is not seen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from tests.pipeline.demand_lake import home_at, order_line, put, run_day, table

AS_OF = date(2026, 9, 5)
OPEN = "A" * 24
SELLING_HOURS = range(8, 18)  # one unit an hour, so that every hour is a tenth of the day


def hourly_lines(first: int, day: date, sku: str, hours: range) -> list[dict]:
    return [order_line(first + hour, day, sku, 1.0, hour=hour, unit_price_yuan=3) for hour in hours]


def lines_of_the_drawn_week() -> list[dict]:
    """SKU s: 10 units a day from 08-29 on; on 09-02 sold out from 13:00, on 09-03 all day, on 09-04
    not offered. SKU n: one sale on 08-30, nothing since. Postage is no goods."""
    lines = []
    for offset in range(8):
        day = date(2026, 8, 29) + timedelta(days=offset)
        hours = {date(2026, 9, 2): range(8, 13)}.get(day, SELLING_HOURS)
        if day not in (date(2026, 9, 3), date(2026, 9, 4)):
            lines += hourly_lines(100 * offset, day, "s", hours)
    lines += [
        order_line(900 + hour, date(2026, 8, 30), "n", 0.2, hour=hour) for hour in SELLING_HOURS
    ]
    lines.append(order_line(990, date(2026, 9, 1), "postage", 1.0))
    return lines


def letters(day: date) -> str:
    drawn = {
        date(2026, 9, 2): "A" * 13 + "S" * 11,
        date(2026, 9, 3): "S" * 24,
        date(2026, 9, 4): "N" * 24,
    }
    return drawn.get(day, OPEN)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    home = home_at(tmp_path_factory.mktemp("drawn"))
    put(home, "orders", lines_of_the_drawn_week())
    put(
        home,
        "products",
        [{"sku_id": "s"}, {"sku_id": "n"}, {"sku_id": "postage", "is_goods": False}],
    )
    days = [date(2026, 8, 29) + timedelta(days=i) for i in range(8)]
    put(
        home,
        "availability",
        [{"day": d, "warehouse_id": "c1", "sku_id": "s", "hours_status": letters(d)} for d in days],
    )
    run_day(home, AS_OF, demand_day)
    return table(home, "select * from demand_day").set_index(["sku_id", "day"]).sort_index()


@pytest.mark.parametrize(
    ("day", "sold", "share", "demand"),
    [
        ("2026-09-01", 10.0, 1.0, 10.0),
        ("2026-09-02", 5.0, 7 / 16, 10.0),  # half of the day's demand had gone by 13:00
        ("2026-09-03", 0.0, 0.0, 10.0),  # no stock all day: a usual day's demand
        ("2026-09-04", 0.0, None, None),  # not offered: neither stock nor demand
        ("2026-09-05", 10.0, 1.0, 10.0),
    ],
)
def test_a_zero_is_one_of_three_things(
    drawn: pd.DataFrame, day: str, sold: float, share: float | None, demand: float | None
) -> None:
    row = drawn.loc["s"].loc[day]
    assert row["sold_units"] == sold
    assert row["in_stock_share"] == pytest.approx(share, abs=1e-4) if share is not None else True
    assert pd.isna(row["in_stock_share"]) == (share is None)
    assert row["demand_units"] == pytest.approx(demand, abs=1e-3) if demand is not None else True
    assert pd.isna(row["demand_units"]) == (demand is None)


def test_what_was_lost_and_why_nothing_was_sold(drawn: pd.DataFrame) -> None:
    days = drawn.loc["s"].loc["2026-09-01":"2026-09-04"]
    assert days["lost_units"].tolist()[:3] == pytest.approx([0.0, 5.0, 10.0], abs=1e-3)
    assert days["lost_yuan"].tolist()[:3] == pytest.approx([0.0, 15.0, 30.0], abs=1e-2)
    assert pd.isna(days["lost_units"].iloc[3]) and pd.isna(days["lost_yuan"].iloc[3])
    assert days["zero_kind"].iloc[2:].tolist() == ["no_stock", "not_offered"]
    assert days["zero_kind"].iloc[:2].isna().all()  # something was sold
    assert drawn.loc["n"].loc["2026-09-01", "zero_kind"] == "no_demand"
    assert (drawn["refused_units"].dropna() == 0).all()


def test_days_without_a_sale_are_zero_from_the_first_sale_to_as_of(drawn: pd.DataFrame) -> None:
    series = drawn.loc["n"]
    assert series.index.tolist() == list(pd.date_range("2026-08-30", "2026-09-05"))
    assert series["sold_units"].tolist() == [2.0] + 6 * [0.0]
    assert (series["in_stock_share"] == 1).all()  # the availability file says nothing about it


def test_what_is_no_goods_is_no_series(drawn: pd.DataFrame) -> None:
    assert set(drawn.index.get_level_values("sku_id")) == {"s", "n"}


def test_a_cancellation_after_as_of_is_not_seen(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    day = date(2026, 9, 4)
    put(
        home,
        "orders",
        [
            order_line(1, day, "s", 3.0, cancelled_units=3.0, cancelled_at=datetime(2026, 9, 6, 8)),
            order_line(2, day, "s", 3.0, cancelled_units=2.0, cancelled_at=datetime(2026, 9, 5, 8)),
            order_line(3, date(2026, 9, 6), "s", 50.0),
        ],
    )
    run_day(home, AS_OF, demand_day)
    panel = table(home, "select day, sold_units from demand_day order by day")
    assert panel["sold_units"].tolist() == [4.0, 0.0]


def test_without_files_the_run_says_what_it_did_without(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    put(home, "orders", [order_line(1, AS_OF, "s", 3.0)])
    run_day(home, AS_OF, demand_day)
    noted = table(home, "select code from fallbacks where step = 'demand_day'")
    assert set(noted["code"]) == {"no_availability", "no_promotions"}
    assert table(home, "select in_stock_share from demand_day")["in_stock_share"].tolist() == [1.0]


def test_hours_after_the_cut_off_belong_to_the_next_business_day(tmp_path: Path) -> None:
    home = home_at(tmp_path, cutoff="20:00")
    put(home, "orders", [order_line(1, date(2026, 9, 4), "s", 3.0), order_line(2, AS_OF, "s", 3.0)])
    evening_sold_out = "A" * 20 + "SSSS"
    put(
        home,
        "availability",
        [
            {"day": d, "warehouse_id": "c1", "sku_id": "s", "hours_status": status}
            for d, status in ((date(2026, 9, 4), evening_sold_out), (AS_OF, OPEN))
        ],
    )
    run_day(home, AS_OF, demand_day)
    shares = table(home, "select in_stock_share from demand_day order by day")["in_stock_share"]
    assert shares.tolist() == [1.0, 14 / 16]


@pytest.mark.parametrize(
    ("promotion", "ratio"),
    [
        ({"sku_id": "s", "discount_ratio": 0.8}, 0.8),
        ({"sku_id": "other", "discount_ratio": 0.8}, 1.0),
        ({"discount_ratio": 0.8}, 0.8),
        ({"sku_id": "s", "offer_price_yuan": 7}, 0.7),
        ({"sku_id": "s", "community_id": "c2", "discount_ratio": 0.8}, 0.9),  # one of two
        ({"sku_id": "s", "community_id": "c3", "discount_ratio": 0.8}, 1.0),  # other warehouse
        ({"sku_id": "s", "discount_ratio": 0.8, "announced_at": datetime(2026, 9, 6)}, 1.0),
        ({"sku_id": "s", "discount_ratio": 0.8, "announced_at": datetime(2026, 9, 5, 23)}, 0.8),
    ],
)
def test_the_discount_in_force(tmp_path: Path, promotion: dict, ratio: float) -> None:
    home = home_at(tmp_path)
    put(home, "orders", [order_line(1, AS_OF, "s", 3.0)])
    put(home, "products", [{"sku_id": "s", "list_price_yuan": 10}])
    put(
        home,
        "communities",
        [
            {"community_id": "c1", "warehouse_id": "w1"},
            {"community_id": "c2", "warehouse_id": "w1"},
            {"community_id": "c3", "warehouse_id": "w2"},
        ],
    )
    put(
        home,
        "promotions",
        [{"promotion_id": "p", "starts_on": AS_OF, "ends_on": AS_OF} | promotion],
    )
    run_day(home, AS_OF, demand_day)
    assert table(home, "select discount_ratio from demand_day")["discount_ratio"].tolist() == [
        ratio
    ]
