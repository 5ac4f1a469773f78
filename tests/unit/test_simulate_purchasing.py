"""Purchase orders of the sample: one story with its stock file, and as late as its truth says."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.simulate.config import SimulationConfig
from models.simulate.simulation import SimulatedPlatform, simulate
from models.simulate.suppliers import days_since_order_day

CONFIG = SimulationConfig(days=200, users=600, communities=10, skus=60)
KEY = ["warehouse_id", "sku_id", "arrival"]


@cache
def platform() -> SimulatedPlatform:
    return simulate(CONFIG)


def orders() -> pd.DataFrame:
    found = platform().exports["purchase_orders"].to_pandas()
    found["ordered_day"] = found["ordered_at"].dt.normalize()
    found["arrival"] = found["received_at"].dt.normalize()
    found["days"] = (found["arrival"] - found["ordered_day"]).dt.days
    return found


def test_every_batch_of_the_stock_file_was_ordered() -> None:
    """A batch is there from its arrival on, and holds no more than came."""
    stock = platform().exports["stock"].to_pandas()
    last = pd.Timestamp(CONFIG.end)
    begin = last - pd.Timedelta(days=13)
    number = stock["batch_id"].str[1:].astype(int) - 1000
    stock["arrival"] = pd.Timestamp(CONFIG.start) + pd.to_timedelta(number, "D")
    came = orders().dropna(subset=["arrival"]).groupby(KEY, as_index=False)["received_units"].sum()
    on_hand = stock[(stock["arrival"] >= begin) & (stock["in_transit_units"] == 0)]
    most = on_hand.groupby(KEY, as_index=False)["on_hand_units"].max()
    both = most.merge(came, how="left", on=KEY)
    assert len(both) > 100 and both["received_units"].notna().all()
    assert (both["on_hand_units"] <= both["received_units"]).all()


def test_what_is_in_transit_at_the_end_is_an_open_order() -> None:
    stock = platform().exports["stock"].to_pandas()
    coming = stock[
        (stock["counted_at"] == stock["counted_at"].max()) & (stock["in_transit_units"] > 0)
    ]
    is_open = orders()["po_status"] == "open"
    pairs = set(map(tuple, orders().loc[is_open, ["warehouse_id", "sku_id"]].to_numpy()))
    assert len(coming) > 10
    assert set(map(tuple, coming[["warehouse_id", "sku_id"]].to_numpy())) <= pairs


def test_orders_fall_on_order_days_before_the_cut_off() -> None:
    suppliers = platform().exports["suppliers"].to_pandas().set_index("supplier_id")
    found = orders().join(suppliers, on="supplier_id")
    weekday = (found["ordered_at"].dt.weekday + 1).astype(str)
    days = found["order_weekdays"].fillna("1|2|3|4|5|6|7")
    assert found["order_weekdays"].notna().sum() > 100
    assert all(day in allowed.split("|") for day, allowed in zip(weekday, days, strict=True))
    clock = found["ordered_at"].dt.strftime("%H:%M")
    assert (clock < found["order_cutoff"]).all()


def test_lead_times_follow_their_truth() -> None:
    """Over all suppliers: days late and lost share within four standard errors."""
    truth = platform().truth["lead_times"]
    by_supplier = truth.groupby("supplier_id")["probability"].sum()
    assert np.allclose(by_supplier, 1.0)
    lost = truth[truth["lead_days"].isna()].set_index("supplier_id")["probability"]
    arriving = truth.dropna(subset=["lead_days"]).copy()
    days = arriving["lead_days"].astype(float)
    arriving["sum"], arriving["square"] = days * arriving["probability"], days**2
    arriving["square"] *= arriving["probability"]
    law = arriving.groupby("supplier_id")[["sum", "square", "probability"]].sum()
    law["mean"] = law["sum"] / law["probability"]
    law["variance"] = law["square"] / law["probability"] - law["mean"] ** 2
    old = orders()[orders()["ordered_at"] < pd.Timestamp(CONFIG.end) - pd.Timedelta(days=20)]
    old = old.join(law, on="supplier_id").join(lost.rename("lost"), on="supplier_id")
    came = old.dropna(subset=["days"])
    error = (came["days"] - came["mean"]).sum() / np.sqrt(came["variance"].sum())
    assert abs(error) < 4
    missing = old["days"].isna()
    spread = np.sqrt((old["lost"] * (1 - old["lost"])).sum())
    assert missing.sum() > 20 and abs(missing.sum() - old["lost"].sum()) / spread < 4


def test_sizes_of_an_order_are_kept() -> None:
    terms = platform().exports["supply_terms"].to_pandas()
    terms = terms[terms["is_preferred"] & terms["valid_until"].isna()].set_index("sku_id")
    found = orders().join(terms[["min_order_units", "order_step_units"]], on="sku_id")
    stored = found.dropna(subset=["min_order_units"])
    assert (stored["ordered_units"] >= stored["min_order_units"]).all()
    assert (stored["ordered_units"] % stored["order_step_units"] == 0).all()
    assert (terms["order_step_units"] < terms["pack_size_units"]).any()
    assert (stored["min_order_units"] > stored["order_step_units"]).any()


@pytest.mark.parametrize(
    ("weekdays", "wanted"), [((0, 2, 4), [0, 1, 0, 1, 0, 1, 2]), (range(7), [0] * 7)]
)
def test_days_since_the_last_order_day(weekdays: range, wanted: list[int]) -> None:
    taken = np.isin(np.arange(7), list(weekdays))[None]
    assert days_since_order_day(taken)[0].tolist() == wanted


@pytest.mark.parametrize("days", [30, 45])
def test_a_short_history_has_purchases_too(days: int) -> None:
    found = simulate(SimulationConfig(days=days, users=60, communities=3, skus=24)).exports
    assert found["purchase_orders"].num_rows > 50
