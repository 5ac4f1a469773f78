"""Demand hidden by sold-out hours: what is hidden to learn from, and what is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand_recovery import (
    HourlyPanel,
    Recovery,
    fit_recovery,
    hide_hours,
    looked_at,
    lost_units,
)
from models.metrics import wape, wpe
from models.params.demand import RecoveryParams

SERIES, DAYS, HOURS = 60, 70, 24
FEW = RecoveryParams(min_rows=200, trees=60, min_rows_per_leaf=20, leaves=15)


def _panel(seed: int = 3) -> HourlyPanel:
    """Series of different levels in four warehouses; a day is good or bad for an SKU everywhere."""
    random = np.random.default_rng(seed)
    level = random.uniform(2, 30, SERIES)[:, None, None]
    sku = np.arange(SERIES) % 15
    of_day = random.gamma(8, 1 / 8, (15, DAYS))[sku][:, :, None]
    shape = np.r_[np.zeros(6), np.linspace(1, 3, 12), np.linspace(2, 0.5, 6)]
    sold = random.poisson(level * of_day * shape / shape.sum()).astype(np.float32)
    everything = np.ones((SERIES, DAYS, HOURS), dtype=bool)
    return HourlyPanel(
        sold_units=sold,
        is_offered=everything,
        on_sale=everything.copy(),
        category=np.zeros(SERIES, dtype=np.int64),
        groups={"sku": sku, "warehouse": np.arange(SERIES) // 15},
        days={"discount": np.ones((SERIES, DAYS), np.float32)},
        kind_of_day=np.broadcast_to((np.arange(DAYS) % 7 >= 5).astype(np.int64), (SERIES, DAYS)),
    )


def _sold_out(panel: HourlyPanel, seed: int) -> tuple[HourlyPanel, np.ndarray]:
    """The panel as it would be seen after stock-outs, and the units they hid (series × days)."""
    hidden = hide_hours(panel, panel.on_sale, seed, RecoveryParams())
    seen = panel.on_sale & ~hidden
    truth = (panel.sold_units * hidden).sum(2)
    return replace(panel, on_sale=seen, sold_units=panel.sold_units * seen), truth


@pytest.fixture(scope="module")
def fitted() -> Recovery:
    model = fit_recovery(_sold_out(_panel(), 11)[0], FEW, 1)
    assert model is not None
    return model


def test_hours_are_hidden_at_the_ends_of_whole_days_only() -> None:
    panel = _panel()
    seen = panel.on_sale.copy()
    seen[:, ::5, 12] = False  # every fifth day has a real stock-out
    hidden = hide_hours(panel, seen, 1, RecoveryParams())
    assert not hidden[:, ::5].any()
    part = hidden[hidden.any(2)]
    assert (part[:, 0] | part[:, -1]).all()
    assert np.abs(np.diff(part.astype(int), axis=1)).sum(1).max() == 1  # one stretch of hours
    share = hidden.any(2)[:, 1:5].mean()
    assert 0.25 < share < 0.35  # parts of 30 % of the days; no four whole days on end here
    assert hide_hours(panel, panel.on_sale, 1, RecoveryParams()).all(2).any()  # but there
    assert (hide_hours(panel, seen, 1, RecoveryParams()) == hidden).all()
    assert (hide_hours(panel, seen, 2, RecoveryParams()) != hidden).any()


def test_hours_not_offered_are_never_hidden_and_nights_are_left_alone_when_asked() -> None:
    panel = _panel()
    offered = panel.is_offered.copy()
    offered[:, :, 20:] = False
    closed = replace(panel, is_offered=offered, on_sale=offered)
    assert not hide_hours(closed, closed.on_sale, 1, RecoveryParams())[:, :, 20:].any()
    by_day = replace(RecoveryParams(), hidden_hours=(6, 22))
    hidden = hide_hours(panel, panel.on_sale, 1, by_day)
    assert hidden[:, :, 6:22].any() and not hidden[:, :, :6].any() and not hidden[:, :, 22:].any()


def test_what_was_hidden_is_found_better_than_by_the_usual_rate(fitted: Recovery) -> None:
    whole = _panel(seed=8)  # days and stock-outs the model has not seen
    panel, truth = _sold_out(whole, 12)
    found = lost_units(panel, fitted, 1)
    late = np.arange(DAYS) >= 20
    hit = (truth > 0) & late
    by_model = panel.sold_units.sum(2)[hit] + found[hit]
    total = whole.sold_units.sum(2)[hit]
    rows = np.argwhere(hit)
    features, level = looked_at(panel, panel.on_sale, rows)
    usual = panel.sold_units.sum(2)[hit] + (1 - features[:, 0]) * level
    assert wape(total, by_model) < 0.9 * wape(total, usual)
    assert abs(wpe(total, by_model)) < 0.05


def test_days_wholly_on_sale_lose_nothing(fitted: Recovery) -> None:
    panel, _ = _sold_out(_panel(), 11)
    found = lost_units(panel, fitted, 1)
    assert (found[panel.on_sale.all(2)] == 0).all()
    assert (found >= 0).all() and found[~panel.on_sale.all(2)].sum() > 0


def test_no_later_day_is_looked_at(fitted: Recovery) -> None:
    """Another future: sales, stock-outs and discounts from day 50 on."""
    panel, _ = _sold_out(_panel(), 11)
    sold, on_sale = panel.sold_units.copy(), panel.on_sale.copy()
    sold[:, 50:], on_sale[:, 50:, 3:] = 99, False
    other = replace(panel, sold_units=sold, on_sale=on_sale)
    days = np.argwhere(np.ones((SERIES, 50), dtype=bool))
    ours, theirs = (looked_at(one, one.on_sale, days) for one in (panel, other))
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])
    found, changed = lost_units(panel, fitted, 1), lost_units(other, fitted, 1)
    np.testing.assert_array_equal(found[:, :50], changed[:, :50])
    assert (found[:, 50:] != changed[:, 50:]).any()


def test_too_few_days_teach_nothing() -> None:
    panel, _ = _sold_out(_panel(), 11)
    assert fit_recovery(panel, replace(FEW, min_rows=100_000), 1) is None


def test_the_same_days_give_the_same_model(fitted: Recovery) -> None:
    again = fit_recovery(_sold_out(_panel(), 11)[0], FEW, 1)
    assert again is not None and again.rows == fitted.rows
    assert again.booster.model_to_string() == fitted.booster.model_to_string()
