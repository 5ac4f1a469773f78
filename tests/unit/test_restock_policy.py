"""Restock lines of random SKUs: what holds for every one of them, and each without the others."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.params.replenishment import RestockParams
from models.replenishment.demand_sums import DemandSums
from models.replenishment.policy import FACTS, Restock, restock
from tests.restock_case import AS_OF, CERTAIN, EVEN, NO, decided, line

NUMBER = r"(-?[\d.]+)"
SPREAD = tuple(0.3 * factor + 0.7 for factor in EVEN)


def _random(rows: int, seed: int = 5) -> list[dict[str, object]]:
    """SKUs of every kind, gaps included."""
    random = np.random.default_rng(seed)

    def one(*values: object) -> Any:
        return values[random.integers(len(values))]

    return [
        {
            "sku_id": f"s{number}",
            "fulfilment_mode": one("presale", "prestock", "prestock", "instant", None),
            "sale_unit": one("piece", "piece", "kg", None),
            "pack_size_units": one(NO, 1.0, 6.0, 10.0, 2.5, 0.125),
            "order_step_units": one(NO, NO, 4.0),
            "min_order_units": one(NO, NO, 20.0),
            "max_order_units": one(NO, NO, 15.0, 60.0),
            "shelf_life_days": one(NO, 0.0, 1.0, 2.0, 5.0, 20.0, 300.0),
            "days_on_offer": one(NO, NO, NO, -1.0, 0.0, 1.0, 3.0, 9.0),
            "last_offer_on": pd.Timestamp("2026-10-06"),
            "is_paused": one(False, False, False, False, True),
            "lead_time_source": one("declared", "default"),
            "supply_flags": one(None, "several_suppliers|pack_changed"),
            "cost_yuan": one(NO, *random.uniform(1, 10, 4)),
            "emergency_cost_yuan": one(NO, NO, NO, 11.0),
            "price_yuan": one(NO, *random.uniform(2, 15, 4)),
            "orders_in_hand_units": one(0.0, 2.0, 5.5, 40.0),
            "presale_orders_units": one(0.0, 3.0, 3.065, 7.25),
            "on_hand_units": one(NO, 0.0, 3.0, *random.uniform(0, 60, 3).round(3)),
            "expired_units": one(0.0, 1.255),
            "in_transit_undated_units": one(NO, 0.0, 3.0),
            "stock_age_days": one(NO, 0.0, 1.0, 5.0),
            "has_negative_count": one(False, False, True),
            "has_stock_file": one(True, True, False),
            "demand_mean_28d_units": one(NO, *random.uniform(0, 20, 3)),
            "forecast_fallback": one(None, None, "short_history", "new_product"),
            "daily_units": one(NO, 0.0, *random.gamma(1.0, 8.0, 4)),
            "factors": one(EVEN, SPREAD, CERTAIN),
            "arriving": one({}, {1: 4.0}, {3: 10.5, 6: 2.0}),
            "lead_days": one(0, 1, 2, 4, 9, 26, 40),
            "order_weekdays": one((1, 2, 3, 4, 5, 6, 7), (3, 6), (1,)),
        }
        for number in range(rows)
    ]


@pytest.fixture(scope="module")
def many() -> Restock:
    return decided(_random(600))


def _stocked(lines: pd.DataFrame) -> pd.Series:
    return lines["fulfilment_mode"] != "presale"


def test_figures_of_the_sentences_are_those_of_the_columns(many: Restock) -> None:
    for row in many.lines.to_dict("records"):
        reason, flag = row["reason_zh"], row["flag_zh"] if isinstance(row["flag_zh"], str) else ""
        said: list[tuple[str, str]] = []
        if row["fulfilment_mode"] == "presale":
            said.append((f"已下单{NUMBER}", "orders_in_hand_units"))
            said.append((f"72小时需求{NUMBER}", "forecast_72h_units"))
            said.append((f"，在库{NUMBER}", "on_hand_units"))
            said.append((f"合{NUMBER}箱", "suggested_packs"))
        else:
            said.append((f"预计需求{NUMBER}", "cover_mean_units"))
            said.append((f"（{NUMBER}–", "cover_p10_units"))
            said.append((f"–{NUMBER}[件公]", "cover_p90_units"))
            said.append((f"未履约{NUMBER}", "orders_in_hand_units"))
            said.append((f"，在库{NUMBER}", "on_hand_units"))
            said.append((f"、在途{NUMBER}", "in_transit_units"))
            said.append((f"（{NUMBER}箱", "suggested_packs"))
        said.append((f"，补{NUMBER}", "suggested_units"))
        for pattern, column in said:
            for found in re.findall(pattern, reason):
                assert float(found) == row[column], (reason, column)
        for found in re.findall(f"缺货概率{NUMBER}%", reason):
            assert float(found) / 100 == pytest.approx(row["stock_out_share"], abs=1e-12)
        for pattern, column in (
            (f"到货前约缺{NUMBER}", "short_before_units"),
            (f"现有库存约{NUMBER}", "wasted_stock_units"),
            (f"本单约{NUMBER}", "expected_waste_units"),
            (f"到期批次{NUMBER}", "expired_units"),
            (f"库存为{NUMBER}天前", "stock_age_days"),
            (f"在途{NUMBER}[件公斤]+无到货日", "in_transit_undated_units"),
        ):
            for found in re.findall(pattern, flag):
                assert float(found) == row[column], (flag, column)
        days = [f"{day.month}月{day.day}日" for day in (row["arrives_on"], row["next_arrival_on"])]
        if row["fulfilment_mode"] != "presale":
            assert reason.startswith(f"本单{days[0]}到货，下一单{days[1]}到货，")
        for month, day in re.findall(r"预计(\d+)月(\d+)日售罄", flag):
            assert (row["sold_out_on"].month, row["sold_out_on"].day) == (int(month), int(day))
    text = "".join(many.lines["reason_zh"]) + "".join(many.lines["flag_zh"].dropna())
    for words in ("合", "箱", "未履约", "缺货概率", "售罄", "到货前约缺", "将损耗", "会过期"):
        assert words in text, words


def test_an_order_is_taken_by_the_supplier(many: Restock) -> None:
    lines = many.lines[_stocked(many.lines) & (many.lines["suggested_units"] > 0)]
    assert len(lines) > 120
    units = lines["suggested_units"]
    for step in ("pack_size_units", "order_step_units"):
        times = (units / lines[step]).dropna()
        assert times.to_numpy() == pytest.approx(times.round().to_numpy())
    assert (units >= lines["min_order_units"].fillna(0)).all()
    assert (units <= lines["max_order_units"].fillna(np.inf)).all()
    assert not lines["is_paused"].any()
    assert (lines["suggested_packs"] * lines["pack_size_units"] - units).abs().max() < 0.1


def test_a_line_has_either_an_order_or_a_reason(many: Restock) -> None:
    lines = many.lines
    assert (lines["no_order_reason"].isna() == (lines["suggested_units"] > 0)).all()
    assert set(lines["no_order_reason"].dropna()) == {
        "above_supply_limit", "enough_stock", "no_demand", "no_forecast", "not_worth_a_pack",
        "nothing_ordered", "off_offer", "off_offer_on_arrival", "supplier_paused",
    }  # fmt: skip
    said = lines[_stocked(lines)]["reason_zh"].str.contains("不补：")
    assert (said == (lines[_stocked(lines)]["suggested_units"] == 0)).all()
    assert lines["amount_yuan"].notna().equals(lines["cost_yuan"].notna())


def test_what_users_have_paid_for_is_ordered() -> None:
    rows = [
        row | {"orders_in_hand_units": 200.0, "max_order_units": NO, "is_paused": False}
        for row in _random(200)
    ]
    lines = decided(rows).lines
    there = lines["on_hand_units"].fillna(0) + lines["in_transit_units"].fillna(0)
    covered = there + lines["suggested_units"] >= 200 - 1e-6
    assert covered[_stocked(lines)].all()


def test_more_stock_never_orders_more() -> None:
    rows = [row | {"on_hand_units": 10.0} for row in _random(300)]
    more = [row | {"on_hand_units": 17.0} for row in rows]
    few, many = decided(rows).lines["suggested_units"], decided(more).lines["suggested_units"]
    assert (many <= few + 1e-9).all()
    assert (many < few).any()


def test_every_line_is_decided_by_itself() -> None:
    """1,200 lines in two parts, backwards, and one at a time give the same lines to the bit."""
    rows = _random(1200, seed=9)
    lines = decided(rows).lines
    backwards = decided(rows[::-1]).lines.iloc[::-1].reset_index(drop=True)
    pd.testing.assert_frame_equal(backwards, lines, check_exact=True)
    for number in (0, 7, 1023, 1024, 1199):
        alone = decided([rows[number]]).lines
        together = lines.iloc[[number]].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            alone.astype(object).fillna(""), together.astype(object).fillna(""), check_exact=True
        )


def test_the_projection_ends_the_day_before_the_next_arrival(many: Restock) -> None:
    lines = many.lines[_stocked(many.lines)].set_index("sku_id")
    by_sku = many.projection.groupby("sku_id")["day"]
    assert (by_sku.min() == pd.Timestamp("2026-10-01")).all()
    ends = lines["next_arrival_on"] - pd.Timedelta(days=1)
    assert (by_sku.max() == ends.reindex(by_sku.max().index)).all()
    assert set(many.projection["sku_id"]) == set(lines.index)


def test_the_projected_stock_of_a_line() -> None:
    """12 on hand, 10 a day, 30 come on day 2."""
    found = decided([{}]).projection
    assert found["demand_units"].tolist() == [10, 10, 10, 10]
    assert found["arriving_units"].tolist() == [0, 30, 0, 0]
    assert found["stock_units"].tolist() == [2, 22, 12, 2]
    assert found["stock_without_order_units"].tolist() == [2, 0, 0, 0]
    assert found["short_share"].tolist() == [0, 0, 0, 0]


def test_no_lines_at_all() -> None:
    found = decided([])
    assert len(found.lines) == len(found.projection) == 0
    assert {"suggested_units", "reason_zh", "exception", "flag_zh"} <= set(found.lines)


def test_columns_without_any_value() -> None:
    """What no file tells arrives as a column of nothing, of whatever type."""
    usual = decided([{}, {}])
    facts = usual.lines[list(FACTS)].copy()
    unknown = [
        "pack_size_units", "shelf_life_days", "cost_yuan", "price_yuan", "on_hand_units",
        "expired_units", "stock_age_days", "supplier_id", "supplier_name", "days_on_offer",
        "last_offer_on", "demand_mean_28d_units", "sold_mean_28d_units", "out_of_stock_days_28d",
        "in_transit_undated_units", "orders_in_hand_units", "presale_orders_units",
        "forecast_72h_units", "has_negative_count", "is_paused", "fulfilment_mode", "sale_unit",
    ]  # fmt: skip
    for name in unknown:
        facts[name] = None
    nothing = decided([{"daily_units": NO, "on_hand_units": 0.0}] * 2)
    mean = np.full((2, 1), NO)
    found = restock(
        facts,
        DemandSums.of(np.ones(1), mean, np.full((2, 1, 7), NO)),
        _no_stock(),
        _supply_of(2),
        AS_OF,
    ).lines
    assert found["suggested_units"].tolist() == nothing.lines["suggested_units"].tolist() == [0, 0]
    assert (found["no_order_reason"] == "no_forecast").all()
    assert found["reason_zh"].str.contains("在库、在途未知按0计").all()


def _no_stock() -> Any:
    from tests.restock_case import AHEAD, USUAL, stock_ahead

    return stock_ahead([USUAL | AHEAD | {"on_hand_units": 0.0}] * 2)


def _supply_of(rows: int) -> Any:
    from models.replenishment.policy import Supply
    from models.replenishment.protection import OrderCalendar

    return Supply(
        lead_time_cdf=np.ones((rows, 29)),
        lost_share=np.zeros(rows),
        calendars=[OrderCalendar()],
        calendar_no=np.zeros(rows, int),
        platform_cutoff_minutes=1380,
    )


def test_a_missing_column_is_named() -> None:
    usual = decided([{}]).lines
    with pytest.raises(KeyError, match="shelf_life_days"):
        restock(
            usual.drop(columns="shelf_life_days"),
            DemandSums.of(np.ones(1), np.ones((1, 1)), np.ones((1, 1, 7))),
            _no_stock(),
            _supply_of(1),
            AS_OF,
        )


def test_a_highest_service_level_limits_a_fat_margin() -> None:
    """Any demand from 0 to 60: at a level of 60 % no more than 36, whatever the margin."""
    change = {"factors": EVEN, "on_hand_units": 0.0, "shelf_life_days": 3.0, "cost_yuan": 0.01}
    low = decided([change | {"pack_size_units": 1.0}], RestockParams(highest_service_level=0.6))
    assert low.lines["suggested_units"].item() == pytest.approx(36, abs=1)
    assert line(**change)["suggested_units"] >= 55


def test_a_cheaper_substitute_lowers_the_order() -> None:
    """Margin 4 of 8 covers half of 60; when half of the margin comes back, a third."""
    change = {"factors": EVEN, "on_hand_units": 0.0, "shelf_life_days": 3.0, "price_yuan": 8.0}
    ordered = [
        decided([change | {"pack_size_units": 1.0}], RestockParams(substituted_share=share))
        .lines["suggested_units"]
        .item()
        for share in (0.0, 0.5, 1.0)
    ]
    assert ordered == pytest.approx([30, 20, 0], abs=1)


def test_days_on_offer_may_be_integers_with_gaps_as_the_engine_gives_them() -> None:
    rows = _random(60)
    floats = decided(rows).lines
    facts = floats[list(FACTS)].astype({"days_on_offer": "Int32", "stock_age_days": "Int32"})
    assert facts["days_on_offer"].dtype == "Int32"
    sums = DemandSums.of(np.ones(1), np.full((60, 1), 5.0), np.full((60, 1, 7), 5.0))
    stock = _stock_of(60)
    found = restock(facts, sums, stock, _supply_of(60), AS_OF).lines
    same = restock(floats[list(FACTS)], sums, stock, _supply_of(60), AS_OF).lines
    pd.testing.assert_frame_equal(found, same, check_dtype=False)
    assert found["flag_zh"].str.contains("下架").any()


def _stock_of(rows: int) -> Any:
    from tests.restock_case import AHEAD, USUAL, stock_ahead

    return stock_ahead([USUAL | AHEAD] * rows)
