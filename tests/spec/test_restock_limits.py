"""Budgets, capacities and order minimums of the restock list, on the usual SKU (see restock_case).

Alone it orders 30 pieces (6 packs of 5) for 120 yuan: 10 are wanted on each of 3 days, 2 are left.
A piece earns 5 yuan. SKU `b` is like it and earns 8 (sold at 12).
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

import pytest

from data_contracts.restock_limits import RestockLimits, WarehouseLimits
from models.params.replenishment import RestockParams
from tests.restock_case import decided, line

A: dict[str, object] = {"sku_id": "a"}
B: dict[str, object] = {"sku_id": "b", "price_yuan": 12.0}


def _warehouse(**limits: float) -> RestockLimits:
    return RestockLimits(warehouses={"w1": WarehouseLimits(**limits)})


# what is limited                        limits                                     a    b   the list says of a
LIMITS = [
    ("nothing",                          RestockLimits(),                           30, 30, "补30件（6箱），"),
    ("a budget that is enough",          RestockLimits(budget_yuan=240.0),          30, 30, "补30件（6箱），"),
    ("one pack too little: a gives way", RestockLimits(budget_yuan=239.0),          25, 30, "受预算或仓容限制，比最合适的少补5件"),
    ("half: the first pack of a earns more than the last of b", RestockLimits(budget_yuan=139.0), 5, 25, "少补25件"),
    ("enough for three packs",           RestockLimits(budget_yuan=79.0),            0, 15, "不补：预算或仓容已用完"),
    ("enough for nothing",               RestockLimits(budget_yuan=10.0),            0,  0, "不补：预算或仓容已用完"),
    ("a budget of the warehouse",        _warehouse(budget_yuan=239.0),             25, 30, "少补5件"),
    ("vans for 50 pieces",               _warehouse(capacity_units=50.0),           25, 25, "少补5件"),
    ("the vans of another warehouse",    RestockLimits(warehouses={"w2": WarehouseLimits(capacity_units=1.0)}), 30, 30, "补30件"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "units_a", "units_b", "says"),
    [row[1:] for row in LIMITS],
    ids=[str(row[0]) for row in LIMITS],
)
def test_limits(limits: RestockLimits, units_a: float, units_b: float, says: str) -> None:
    a, b = decided([A, B], limits=limits).lines.itertuples()
    assert (a.suggested_units, b.suggested_units) == (units_a, units_b)
    assert says in f"{a.reason_zh}；{a.flag_zh}"


# least value of an order of v1          yuan   a   b   the list says of a
MINIMUMS = [
    ("reached",                           240,  30, 30, "补30件（6箱），"),
    ("one pack short: kept for later",    241,  35, 30, "为凑够起订金额，多补5件"),
    ("out of reach",                     9999,   0,  0, "不补：凑不够起订金额"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("least_yuan", "units_a", "units_b", "says"),
    [row[1:] for row in MINIMUMS],
    ids=[str(row[0]) for row in MINIMUMS],
)
def test_minimum_of_an_order(least_yuan: float, units_a: float, units_b: float, says: str) -> None:
    rows = [each | {"min_order_yuan": float(least_yuan)} for each in (A, B)]
    a, b = decided(rows).lines.itertuples()
    assert sorted([a.suggested_units, b.suggested_units]) == sorted([units_a, units_b])
    more = a if a.suggested_units != 30 else b
    assert says in f"{more.reason_zh}；{more.flag_zh}"


def test_each_warehouse_and_each_supplier_has_an_order_of_its_own() -> None:
    least = {"min_order_yuan": 200.0}
    rows = [A | least, B | least | {"warehouse_id": "w2"}, B | least | {"supplier_id": "v2"}]
    lines = decided(rows).lines
    assert (lines["amount_yuan"] >= 200).all()
    assert lines["flag_zh"].str.contains("为凑够起订金额").all()


def test_presale_counts_for_the_minimum_and_is_never_cut() -> None:
    presale = {
        "sku_id": "p",
        "fulfilment_mode": "presale",
        "presale_orders_units": 40.0,
        "on_hand_units": 0.0,
    }
    lines = decided(
        [A | {"min_order_yuan": 280.0}, presale], limits=RestockLimits(budget_yuan=200.0)
    ).lines
    # 160 yuan are presold, so 40 are left: too little for the minimum, and presale comes all the same
    assert lines["suggested_units"].tolist() == [10, 40]
    assert "本单未达供应商起订金额280元" in lines["flag_zh"].iloc[0]
    both = decided([A | {"min_order_yuan": 280.0}, presale]).lines
    assert both["suggested_units"].tolist() == [30, 40]


def test_orders_that_users_paid_for_are_never_cut() -> None:
    paid = line(orders_in_hand_units=40.0)
    assert paid["suggested_units"] == 60  # 28 + 30 more wanted: 40 paid, 12 on hand
    cut = decided(
        [{"orders_in_hand_units": 40.0}], limits=RestockLimits(budget_yuan=1.0)
    ).lines.iloc[0]
    assert cut["suggested_units"] == 30  # 28 of those paid for are not on hand


def test_a_service_level_covers_that_share_of_the_cases() -> None:
    from tests.restock_case import EVEN

    usual = {"factors": EVEN, "on_hand_units": 0.0, "pack_size_units": 1.0}
    units = [
        decided([usual], RestockParams(service_level=level)).lines["suggested_units"].iloc[0]
        for level in (0.5, 0.8, 0.95)
    ]
    assert units == sorted(units)
    assert units[0] == pytest.approx(30, abs=3)
    assert units[2] > 1.5 * units[0]
