"""Demand that was there and not sold: by a model, by activities used up, by purchase limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.core.demand.demand_day import demand_day
from assets.resources.home import LinliHome
from models.params.demand import DEFAULTS, UncensoringParams
from models.registry.artifacts import newest_day
from tests.pipeline.demand_lake import home_at, order_line, put, run_day, table

AS_OF = date(2026, 9, 30)
DAYS = 60
SKUS = [f"s{number:02}" for number in range(12)]
WAREHOUSES = [f"c{number}" for number in range(3)]
FEW = UncensoringParams(min_rows=200, trees=60, leaves=15, min_rows_per_leaf=20)


def _sales(seed: int) -> pd.DataFrame:
    """What would have been sold, by the hour: a day is good or bad for an SKU everywhere."""
    random = np.random.default_rng(seed)
    hours = np.arange(8, 22)
    shape = np.linspace(1, 2, len(hours)) / np.linspace(1, 2, len(hours)).sum()
    day_of_sku = random.gamma(6, 1 / 6, (len(SKUS), DAYS))
    rows = []
    for warehouse in WAREHOUSES:
        for number, sku in enumerate(SKUS):
            level = 8 + 3 * number
            units = random.poisson(level * day_of_sku[number][:, None] * shape)
            for day in range(DAYS):
                for hour, sold in zip(hours, units[day], strict=True):
                    rows.append((warehouse, sku, AS_OF - timedelta(DAYS - 1 - day), hour, sold))
    return pd.DataFrame(rows, columns=["warehouse", "sku", "day", "hour", "units"])


def _stockouts(sales: pd.DataFrame, seed: int) -> dict[tuple[str, str, date], int]:
    """The hour after which a shelf was empty, on days that want more than it holds: half to twice
    the mean day."""
    random = np.random.default_rng(seed)
    mean = sales.groupby(["warehouse", "sku"])["units"].sum() / DAYS
    out = {}
    for (warehouse, sku, day), hours in sales.groupby(["warehouse", "sku", "day"], sort=True):
        emptied = hours["units"].cumsum() >= mean[warehouse, sku] * random.uniform(0.5, 2)
        if emptied.any():
            out[warehouse, sku, day] = int(hours["hour"][emptied].iloc[0]) + 1
    return out


def _home(root: Path, sales: pd.DataFrame, out: dict[tuple[str, str, date], int]) -> LinliHome:
    home = home_at(root)
    first_out = [out.get((w, s, d), 24) for w, s, d in sales[["warehouse", "sku", "day"]].values]
    in_last_hour = sales["hour"] + 1 == first_out  # in the midst of which it is emptied
    units = sales["units"].where(~in_last_hour, (sales["units"] + 1) // 2)
    sold = sales.assign(units=units)[(sales["hour"] < first_out) & (units > 0)]
    put(
        home,
        "orders",
        [
            order_line(
                number, row.day, row.sku, float(row.units), hour=row.hour, community=row.warehouse
            )
            for number, row in enumerate(sold.itertuples())
        ],
    )
    put(
        home,
        "availability",
        [
            {
                "day": day,
                "warehouse_id": warehouse,
                "sku_id": sku,
                "hours_status": "A" * hour + "S" * (24 - hour),
            }
            for (warehouse, sku, day), hour in out.items()
        ],
    )
    return home


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model may be fitted on a platform as small as these."""
    monkeypatch.setattr(
        "assets.core.demand.demand_day_steps.DEFAULTS", replace(DEFAULTS, recovery=FEW)
    )


def _panel(home: LinliHome, as_of: date = AS_OF) -> pd.DataFrame:
    return table(
        home,
        f"""
        select warehouse_id as warehouse, sku_id as sku, day, sold_units, lost_units, demand_units
        from demand_day where as_of = date '{as_of}' order by all
        """,
    )


def _errors(panel: pd.DataFrame, sales: pd.DataFrame) -> tuple[float, float]:
    """WAPE and WPE of demand on days with a sold-out hour, the first two weeks left out."""
    truth = sales.groupby(["warehouse", "sku", "day"], as_index=False)["units"].sum()
    truth["day"] = pd.to_datetime(truth["day"])
    found = panel[(panel["lost_units"] > 0) & (panel["day"] > str(AS_OF - timedelta(DAYS - 14)))]
    both = found.merge(truth, on=["warehouse", "sku", "day"])
    assert len(both) > 300
    error = both["demand_units"] - both["units"]
    return float(error.abs().sum() / both["units"].sum()), float(error.sum() / both["units"].sum())


def test_a_model_tells_more_than_the_usual_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = _sales(1)
    home = _home(tmp_path, sales, _stockouts(sales, 2))
    by_rule = run_day(home, AS_OF, demand_day)["demand_day"]
    ruled = _errors(_panel(home), sales)
    monkeypatch.setattr(
        "assets.core.demand.demand_day_steps.DEFAULTS", replace(DEFAULTS, recovery=FEW)
    )
    by_model = run_day(home, AS_OF, demand_day)["demand_day"]
    modelled = _errors(_panel(home), sales)
    assert by_rule["recovery"] == "usual rate"
    assert str(by_model["recovery"]).startswith("demand_recovery-2026-09-30-")
    assert modelled[0] < 0.85 * ruled[0] and abs(modelled[1]) < 0.05
    assert by_model["lost_units"] == pytest.approx(_panel(home)["lost_units"].sum(), abs=0.2)


@pytest.mark.usefixtures("few")
def test_a_model_of_the_week_is_taken_again_and_one_of_a_later_day_never(tmp_path: Path) -> None:
    sales = _sales(1)
    home = _home(tmp_path, sales, _stockouts(sales, 2))
    first, later = AS_OF - timedelta(3), AS_OF
    made = run_day(home, later, demand_day)["demand_day"]["recovery"]
    before = run_day(home, first, demand_day)["demand_day"]["recovery"]
    assert "2026-09-27" in str(before)
    assert run_day(home, later, demand_day)["demand_day"]["recovery"] == made
    run_day(home, first + timedelta(1), demand_day)
    assert newest_day(home.models_dir, "demand_recovery", first + timedelta(1)) == first


@pytest.mark.usefixtures("few")
def test_nothing_after_as_of_moves_what_was_lost(tmp_path: Path) -> None:
    sales = _sales(1)
    out = _stockouts(sales, 2)
    seen = AS_OF - timedelta(10)
    other = sales.assign(units=np.where(sales["day"] > seen, sales["units"] * 5, sales["units"]))
    panels = []
    for name, drawn in (("as it came", sales), ("another future", other)):
        home = _home(tmp_path / name, drawn, out)
        run_day(home, seen, demand_day)
        panels.append(_panel(home, seen))
    assert (panels[0]["lost_units"] > 0).sum() > 300
    pd.testing.assert_frame_equal(*panels)


@pytest.mark.usefixtures("few")
def test_the_model_has_not_seen_the_days_a_forecast_is_scored_on(tmp_path: Path) -> None:
    """Forecasts are scored on the last nine days: other sales there, the same model."""
    sales = _sales(1)
    out = {key: hour for key, hour in _stockouts(sales, 2).items() if key[2] < AS_OF - timedelta(9)}
    texts = []
    for name, factor in (("as it came", 1), ("other last days", 4)):
        last = sales["day"] > AS_OF - timedelta(9)
        drawn = sales.assign(units=np.where(last, sales["units"] * factor, sales["units"]))
        home = _home(tmp_path / name, drawn, out)
        run_day(home, AS_OF, demand_day)
        texts.append((home.models_dir / f"demand_recovery/{AS_OF}/recovery.txt").read_text())
    assert texts[0] == texts[1]


ACTIVITY = {
    "promotion_id": "p",
    "activity_id": "a",
    "sku_id": "s",
    "starts_on": date(2026, 9, 20),
    "ends_on": date(2026, 9, 22),
    "total_quantity_units": 30.0,
}


def _used_up(
    root: Path, *more: dict[str, Any], availability: list[dict[str, Any]] | None = None
) -> pd.DataFrame:
    """SKU s sells ten a day, one an hour from 8 on; of activity `a` thirty: gone on the second day
    at noon, since each hour takes two. Then nothing until it ends."""
    home = home_at(root)
    lines = [
        order_line(100 * back + hour, AS_OF - timedelta(back), "s", 1.0, hour=hour)
        for back in (*range(8), *range(11, 25))
        for hour in range(8, 18)
    ]
    lines += [
        order_line(
            5_000 + 100 * day + hour, date(2026, 9, day), "s", 2.0, hour=hour, activity_id="a"
        )
        for day, hours in ((20, range(8, 18)), (21, range(8, 13)))
        for hour in hours
    ]
    put(
        home,
        "orders",
        [line for line in lines if line["business_date"] != date(2026, 9, 22)] + list(more),
    )
    put(home, "promotions", [ACTIVITY])
    if availability:
        put(home, "availability", availability)
    run_day(home, AS_OF, demand_day)
    panel = table(home, "select * from demand_day order by day").set_index("day")
    return panel.loc["2026-09-20":"2026-09-23"]


def test_an_activity_used_up_hides_demand_until_it_ends(tmp_path: Path) -> None:
    days = _used_up(tmp_path)
    assert days["sold_units"].tolist() == [20.0, 10.0, 0.0, 10.0]
    assert days["in_stock_share"].tolist() == [1.0, pytest.approx(7 / 16), 0.0, 1.0]
    assert days["lost_units"].iloc[1] > 3 and days["lost_units"].iloc[2] > 8
    assert days["lost_units"].iloc[[0, 3]].tolist() == [0.0, 0.0]
    assert days["zero_kind"].iloc[2] == "no_stock"


def test_what_is_sold_on_after_the_activity_is_not_sold_out(tmp_path: Path) -> None:
    usual = order_line(9_000, date(2026, 9, 22), "s", 1.0)
    days = _used_up(tmp_path, usual)
    assert days["in_stock_share"].tolist() == [1.0, 1.0, 1.0, 1.0]


def test_the_availability_file_is_believed_before_the_activity(tmp_path: Path) -> None:
    said = {"warehouse_id": "c1", "sku_id": "s", "hours_status": "A" * 24}
    rows = [said | {"day": date(2026, 9, day)} for day in (21, 22)]
    days = _used_up(tmp_path, availability=rows)
    assert days["in_stock_share"].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert days["zero_kind"].iloc[2] == "no_demand"


def _limited(root: Path, **promotion: Any) -> pd.DataFrame:
    """Forty users buy 1, 2, 3 or 4 of SKU s, ten of them each; later eight may buy two at most, and
    six of them do."""
    home = home_at(root)
    lines = [
        order_line(n, AS_OF - timedelta(20), "s", float(1 + n % 4), user_id=f"u{n}")
        for n in range(40)
    ]
    lines += [
        order_line(
            100 + n,
            AS_OF - timedelta(2),
            "s",
            2.0 if n < 6 else 1.0,
            user_id=f"v{n}",
            activity_id="a",
        )
        for n in range(8)
    ]
    put(home, "orders", lines)
    put(home, "products", [{"sku_id": "s", "category": "fruit"}])
    limit = {"activity_id": "a", "sku_id": "s", "limit_buy_units": 2.0, "promotion_id": "p"}
    days = {"starts_on": AS_OF - timedelta(2), "ends_on": AS_OF}
    put(home, "promotions", [limit | days | promotion])
    run_day(home, AS_OF, demand_day)
    return table(home, "select * from demand_day order by day").set_index("day")


def test_a_purchase_limit_refuses_what_is_bought_beyond_it_elsewhere(tmp_path: Path) -> None:
    panel = _limited(tmp_path)
    day = panel.loc[str(AS_OF - timedelta(2))]
    # of those who buy two or more where they may, the mean is 3: one more for each of the six
    assert day["refused_units"] == pytest.approx(6.0)
    assert day["demand_units"] == pytest.approx(14.0 + 6.0)
    assert panel["refused_units"].sum() == pytest.approx(6.0)


@pytest.mark.parametrize(
    "promotion",
    [
        {"limit_buy_units": 4.0},  # nobody came so far
        {"limit_buy_units": None},
        {"activity_id": "another"},
    ],
)
def test_without_a_limit_reached_nothing_is_refused(tmp_path: Path, promotion: dict) -> None:
    assert _limited(tmp_path, **promotion)["refused_units"].sum() == 0
