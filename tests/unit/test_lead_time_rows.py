"""Laws of many lead times at once: which orders count for which row, and what it rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.params.replenishment import LeadTimeParams
from models.params.supply import SupplyParams
from models.replenishment.lead_time_rows import lead_time_laws

PARAMS = LeadTimeParams(
    on_time_share=0.6, lost_share=0.1, late_periods=2, prior_orders=2.0, group_prior_orders=5.0
)
SUPPLY = SupplyParams(longest_days=40)
ORDER = ["warehouse_id", "sku_id", "supplier_id", "promised_days", "lead_days", "age_days"]


def rows_of(*rows: tuple) -> pd.DataFrame:
    columns = ["warehouse_id", "sku_id", "supplier_id", "lead_time_days", "is_fresh"]
    return pd.DataFrame(rows, columns=columns).astype({"lead_time_days": "Int64"})


def orders_of(*orders: tuple) -> pd.DataFrame:
    kinds = {"promised_days": "Int64", "lead_days": "Int64", "age_days": "int64"}
    return pd.DataFrame(orders, columns=ORDER).astype(kinds)


def laws(rows: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    return lead_time_laws(rows, orders, PARAMS, SUPPLY)


def test_without_any_order_the_declared_days_or_a_default_count() -> None:
    fresh, other = ("w1", "fish", "g2", None, True), ("w1", "oil", None, None, False)
    rows = rows_of(("w1", "rice", "g1", 4, False), fresh, other)
    found = laws(rows, orders_of())
    assert found["lead_time_source"].tolist() == ["declared", "default", "default"]
    assert found["declared_days"].fillna(-1).tolist() == [4, -1, -1]
    assert found["p50_days"].tolist() == [4, 1, 5]
    assert found[["p_day_4", "p_day_1", "p_day_5"]].to_numpy().diagonal() == pytest.approx(0.6)
    assert found["never_share"].tolist() == pytest.approx([0.1] * 3)


def test_own_orders_outweigh_the_supplier_s_and_both_the_declaration() -> None:
    """Rice came after 3 days ten times, twice the supplier's oil; tea has its supplier only."""
    rows = rows_of(
        ("w1", "rice", "g1", 1, False), ("w1", "oil", "g1", 1, False), ("w1", "tea", "g1", 1, False)
    )  # fmt: skip
    orders = [("w1", "rice", "g1", 1, 3, 3)] * 10 + [("w1", "oil", "g1", 1, 1, 1)] * 2
    found = laws(rows, orders_of(*orders)).set_index("sku_id")
    assert found["lead_time_source"].tolist() == ["learnt", "learnt", "learnt_of_supplier"]
    assert found["own_orders"].tolist() == [10, 2, 0]
    assert found["supplier_orders"].tolist() == [12, 12, 12]
    # of 12 orders 2 came after a day, with 2 more of which 60 % were declared to
    after_0 = 2 * 0.12 / 14  # (half as likely a day early as a day late) / (12 + 2)
    waiting = 2 + 12 - 2 * 0.12
    tea = (1 - after_0) * (2 + 2 * 0.6) / waiting
    assert found.loc["tea", "p_day_1"] == pytest.approx(tea)
    assert found.loc["rice", "p_day_1"] < tea < found.loc["oil", "p_day_1"]
    assert found.loc["rice", "p_day_3"] > found.loc["tea", "p_day_3"]


def test_an_order_awaited_for_long_says_that_some_never_come() -> None:
    rows = rows_of(("w1", "rice", "g1", 2, False))
    came = [("w1", "rice", "g1", 2, 2, 2)] * 6
    without = laws(rows, orders_of(*came))["never_share"].item()
    lost = [("w1", "rice", "g1", 2, None, 60)] * 6
    young = [("w1", "rice", "g1", 2, None, 2)] * 6
    assert laws(rows, orders_of(*came, *lost))["never_share"].item() > 0.4 > without
    # not arrived after two days yet, they may still come on the day promised
    assert laws(rows, orders_of(*came, *young))["never_share"].item() == pytest.approx(
        without, abs=0.02
    )


def test_orders_of_a_warehouse_nobody_named_are_evidence_of_the_supplier() -> None:
    rows = rows_of(("w1", "rice", "g1", 2, False))
    orders = orders_of(*[(None, "rice", "g1", 2, 4, 4)] * 8, *[("w1", "rice", "g2", 2, 9, 9)] * 8)
    found = laws(rows, orders)
    assert len(found) == 1
    assert found[["own_orders", "supplier_orders"]].iloc[0].tolist() == [0, 8]
    assert (
        found["p50_days"].item() == 4 and found["lead_time_source"].item() == "learnt_of_supplier"
    )


def test_where_nothing_is_declared_the_promise_of_the_orders_is_taken() -> None:
    rows = rows_of(("w1", "rice", "g1", None, False), ("w1", "tea", "g1", None, False))
    orders = orders_of(*[("w1", "rice", "g1", 7, None, 1)] * 3)
    assert laws(rows, orders)["declared_days"].tolist() == [7, 7]


def test_skus_without_a_supplier_share_nothing() -> None:
    rows = rows_of(("w1", "rice", None, 2, False), ("w1", "tea", None, 2, False))
    found = laws(rows, orders_of(*[("w1", "rice", None, None, 5, 5)] * 4))
    assert found["supplier_orders"].tolist() == [4, 0]
    assert found["lead_time_source"].tolist() == ["learnt", "declared"]


@pytest.mark.parametrize("declared", [0, 3, 27, 28, 35, 90])
def test_chances_add_up_whatever_was_declared(declared: int) -> None:
    rows = rows_of(("w1", "rice", "g1", declared, False))
    found = laws(rows, orders_of()).iloc[0]
    days = [found[f"p_day_{day}"] for day in range(29)]
    assert sum(days) + found["never_share"] + found["beyond_share"] == pytest.approx(1.0)
    assert found["declared_days"] == declared
    assert found["never_share"] == pytest.approx(0.1)
    assert (found["beyond_share"] > 0.5) == (declared > 28)


def test_mean_and_quantiles_are_those_of_what_arrives() -> None:
    rows = rows_of(("w1", "rice", "g1", 2, False))
    orders = [("w1", "rice", "g1", 2, day, day) for day in [2] * 600 + [5] * 350 + [9] * 50]
    found = laws(rows, orders_of(*orders)).iloc[0]
    assert found["mean_days"] == pytest.approx(0.6 * 2 + 0.35 * 5 + 0.05 * 9, abs=0.02)
    assert (found["p50_days"], found["p90_days"]) == (2, 5)


def test_the_order_of_rows_and_orders_changes_nothing() -> None:
    chance = np.random.default_rng(3)
    rows = rows_of(
        *((f"w{w}", f"s{s}", f"g{s % 3}", s % 4 + 1, False) for w in range(3) for s in range(8))
    )
    size = 300
    sku = chance.integers(0, 8, size)
    lead = pd.array(chance.integers(1, 7, size), "Int64")
    lead[chance.random(size) < 0.2] = pd.NA
    orders = pd.DataFrame(
        {
            "warehouse_id": [f"w{w}" for w in chance.integers(0, 4, size)],
            "sku_id": [f"s{s}" for s in sku],
            "supplier_id": [f"g{s % 3}" for s in sku],
            "promised_days": pd.array(sku % 4 + 1, "Int64"),
            "lead_days": lead,
            "age_days": np.where(lead.isna(), 9, lead.fillna(0)),
        }
    ).astype({"age_days": "int64"})
    key = ["warehouse_id", "sku_id", "supplier_id"]
    once = laws(rows, orders).sort_values(key, ignore_index=True)
    again = laws(rows.sample(frac=1, random_state=1), orders.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(once, again.sort_values(key, ignore_index=True))
