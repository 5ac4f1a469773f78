"""Demand hidden by sold-out hours: what is hidden to learn from, and what is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.demand.uncensoring.day_features import DayFeatures
from models.demand.uncensoring.hour_masking import mask_hours
from models.demand.uncensoring.hourly_panel import RUN_OUT_PART, HourlyPanel, on_sale_parts
from models.demand.uncensoring.model import (
    UncensoringModel,
    estimate_lost_units,
    fit_uncensoring_model,
)
from models.evaluation.forecast_metrics import wape, wpe
from models.params.demand import UncensoringParams
from tests.stockouts import hide_hours

SERIES, DAYS, HOURS = 60, 70, 24
FEW = UncensoringParams(min_rows=200, trees=60, min_rows_per_leaf=20, leaves=15)


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
        on_sale=everything.astype(np.float32),
        category=np.zeros(SERIES, dtype=np.int64),
        groups={"sku": sku, "warehouse": np.arange(SERIES) // 15},
        days={"discount": np.ones((SERIES, DAYS), np.float32)},
        kind_of_day=np.broadcast_to((np.arange(DAYS) % 7 >= 5).astype(np.int64), (SERIES, DAYS)),
    )


def _sold_out(panel: HourlyPanel, seed: int) -> tuple[HourlyPanel, np.ndarray]:
    """The panel as it would be seen after stock-outs, and the units they hid (series × days)."""
    hidden = hide_hours(panel, seed, UncensoringParams())
    truth = (panel.sold_units * hidden).sum(2)
    return replace(panel, on_sale=panel.on_sale * ~hidden, sold_units=panel.sold_units * ~hidden), (
        truth
    )


def _emptied(panel: HourlyPanel, seed: int) -> tuple[HourlyPanel, np.ndarray]:
    """Shelves hold 60 to 140 % of the series' mean day: sold to the last unit, marked sold out from
    the next full hour on. Days that want more run out, the others never do."""
    random = np.random.default_rng(seed)
    mean = panel.sold_units.sum(2).mean(1, keepdims=True)
    shelf = np.floor(mean * random.uniform(0.6, 1.4, (SERIES, DAYS)))[:, :, None]
    total = panel.sold_units.cumsum(2)
    sold = np.minimum(total, shelf) - np.minimum(total - panel.sold_units, shelf)
    out = np.zeros(panel.is_offered.shape, bool)
    out[:, :, 1:] = (total >= shelf)[:, :, :-1]
    lost = panel.sold_units.sum(2) - sold.sum(2)
    sold = sold.astype(np.float32)
    return replace(panel, sold_units=sold, on_sale=on_sale_parts(sold, ~out, out)), lost


@pytest.fixture(scope="module")
def fitted() -> UncensoringModel:
    model = fit_uncensoring_model(_sold_out(_panel(), 11)[0], FEW, 1)
    assert model is not None
    return model


def test_hours_are_hidden_at_the_ends_of_whole_days_only() -> None:
    panel = _panel()
    on_sale = panel.on_sale.copy()
    on_sale[:, ::5, 12] = 0  # every fifth day has a real stock-out
    hidden = hide_hours(replace(panel, on_sale=on_sale), 1, UncensoringParams())
    assert not hidden[:, ::5].any()
    part = hidden[hidden.any(2)]
    assert (part[:, 0] | part[:, -1]).all()
    assert np.abs(np.diff(part.astype(int), axis=1)).sum(1).max() == 1  # one stretch of hours
    share = hidden.any(2)[:, 1:5].mean()
    assert 0.25 < share < 0.35  # parts of 30 % of the days; no four whole days on end here
    assert hide_hours(panel, 1, UncensoringParams()).all(2).any()  # but there
    again = hide_hours(replace(panel, on_sale=on_sale), 1, UncensoringParams())
    assert (again == hidden).all()
    assert (hide_hours(replace(panel, on_sale=on_sale), 2, UncensoringParams()) != hidden).any()


def test_hours_not_offered_are_never_hidden_and_nights_are_left_alone_when_asked() -> None:
    panel = _panel()
    offered = panel.is_offered.copy()
    offered[:, :, 20:] = False
    closed = replace(panel, is_offered=offered, on_sale=offered.astype(np.float32))
    assert not hide_hours(closed, 1, UncensoringParams())[:, :, 20:].any()
    by_day = replace(UncensoringParams(), hidden_hours=(6, 22))
    hidden = hide_hours(panel, 1, by_day)
    assert hidden[:, :, 6:22].any() and not hidden[:, :, :6].any() and not hidden[:, :, 22:].any()


def test_the_hour_of_the_last_sale_counts_half() -> None:
    """Four days of five hours: runs out in the third; a gap without a sale; on sale; restocked."""
    marks = ["AAASS", "AAASS", "AAAAA", "SSAAA"]
    sold = np.array([[[1, 0, 0.5, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 3, 1, 0]]])
    letters = np.array([[list(mark) for mark in marks]])
    part = on_sale_parts(sold.astype(np.float32), letters == "A", letters == "S")
    assert part[0, 0].tolist() == [1, 1, RUN_OUT_PART, 0, 0]
    assert part[0, 1].tolist() == [1, 1, 1, 0, 0]
    assert part[0, 2].tolist() == [1, 1, 1, 1, 1]
    assert part[0, 3].tolist() == [0, 0, 1, 1, 1]


def test_a_lesson_hides_known_hours_and_nothing_else() -> None:
    panel, _ = _emptied(_panel(), 5)
    taught = mask_hours(panel, UncensoringParams(), whole_days=False)
    at = taught.where[:, 0], taught.where[:, 1]
    sold, on_sale = panel.sold_units[at], panel.on_sale[at]
    assert (taught.part <= on_sale).all() and (taught.units <= sold).all()
    assert (taught.part < on_sale).any(1).all()
    np.testing.assert_allclose(taught.hidden_units, (sold - taught.units).sum(1), atol=1e-3)
    sold_out = panel.hidden().any(2)
    assert sold_out[at].mean() > 0.2 and (~sold_out)[at].mean() > 0.2
    first = mask_hours(panel, UncensoringParams(), whole_days=True)
    assert len(first.where) and not sold_out[first.where[:, 0], first.where[:, 1]].any()
    assert 0.01 < (taught.part == 0).all(1).mean() < 0.25
    few = mask_hours(panel, replace(UncensoringParams(), max_rows=100), whole_days=False)
    assert 50 < len(few.where) <= 100


def test_a_day_that_runs_out_in_a_lesson_closes_with_the_unit_that_empties_its_shelf() -> None:
    panel = _panel()
    taught = mask_hours(panel, UncensoringParams(), whole_days=True)
    ran_out = np.flatnonzero((taught.part == RUN_OUT_PART).any(1))
    assert len(ran_out) > 300
    for row in ran_out[:200]:
        sold = panel.sold_units[*taught.where[row]]
        part, units = taught.part[row], taught.units[row]
        hour = int(np.argmax(part == RUN_OUT_PART))
        assert (part[:hour] == 1).all() and (part[hour + 1 :] == 0).all()
        assert sold[hour] > 0  # it ran out in an hour with a sale
        assert (units[:hour] == sold[:hour]).all()
        assert 0 < units[hour] <= sold[hour] and (units[hour + 1 :] == 0).all()


def test_what_was_hidden_is_found_better_than_by_the_usual_rate(fitted: UncensoringModel) -> None:
    whole = _panel(seed=8)  # days and stock-outs the model has not seen
    panel, truth = _sold_out(whole, 12)
    found = estimate_lost_units(panel, fitted, 1)
    late = np.arange(DAYS) >= 20
    hit = (truth > 0) & late
    by_model = panel.sold_units.sum(2)[hit] + found[hit]
    total = whole.sold_units.sum(2)[hit]
    known = DayFeatures(panel)
    seen_share = known.rows(np.argwhere(hit))[:, 0]
    usual = panel.sold_units.sum(2)[hit] + (1 - seen_share) * known.level_units[hit]
    assert wape(total, by_model) < 0.9 * wape(total, usual)
    assert abs(wpe(total, by_model)) < 0.05


def test_days_that_run_out_because_they_sell_well_are_told_without_bias() -> None:
    """Shelves empty on the days that want more than they hold: the days left whole sell less."""
    whole = _panel(seed=4)
    panel, truth = _emptied(whole, 6)
    hit = panel.hidden().any(2) & (np.arange(DAYS) >= 20)
    total, sold = whole.sold_units.sum(2), panel.sold_units.sum(2)
    assert 0.2 < hit.mean() < 0.6 and total[hit].mean() > 1.2 * total[~hit].mean()
    told = {}
    for rounds in (1, 2):
        model = fit_uncensoring_model(panel, replace(FEW, rounds=rounds), 1)
        assert model is not None
        found = estimate_lost_units(panel, model, 1)
        told[rounds] = wpe(total[hit], sold[hit] + found[hit])
    assert told[1] < -0.05  # of whole days alone
    assert abs(told[2]) < 0.03
    assert abs(found[hit].sum() / truth[hit].sum() - 1) < 0.1


def test_days_wholly_on_sale_lose_nothing(fitted: UncensoringModel) -> None:
    panel, _ = _sold_out(_panel(), 11)
    found = estimate_lost_units(panel, fitted, 1)
    whole = panel.whole_days()
    assert (found[whole] == 0).all()
    assert (found >= 0).all() and found[~whole].sum() > 0


def test_what_was_sold_in_a_sold_out_hour_is_not_lost(fitted: UncensoringModel) -> None:
    panel, _ = _sold_out(_panel(), 11)
    sold = panel.sold_units.copy()
    closed = panel.is_offered & (panel.on_sale == 0)
    sold[closed & closed.any(2, keepdims=True)] += 1
    units = closed.sum(2)
    before, after = (
        estimate_lost_units(panel, fitted, 1),
        estimate_lost_units(replace(panel, sold_units=sold), fitted, 1),
    )
    np.testing.assert_allclose(after, np.maximum(before - units, 0), atol=1e-3)


def test_no_later_day_is_looked_at(fitted: UncensoringModel) -> None:
    """Another future: sales, stock-outs and discounts from day 50 on."""
    panel, _ = _sold_out(_panel(), 11)
    sold, on_sale = panel.sold_units.copy(), panel.on_sale.copy()
    sold[:, 50:], on_sale[:, 50:, 3:] = 99, 0
    other = replace(panel, sold_units=sold, on_sale=on_sale)
    days = np.argwhere(np.ones((SERIES, 50), dtype=bool))
    ours, theirs = DayFeatures(panel), DayFeatures(other)
    np.testing.assert_array_equal(ours.rows(days), theirs.rows(days))
    np.testing.assert_array_equal(ours.level_units[:, :50], theirs.level_units[:, :50])
    found, changed = estimate_lost_units(panel, fitted, 1), estimate_lost_units(other, fitted, 1)
    np.testing.assert_array_equal(found[:, :50], changed[:, :50])
    assert (found[:, 50:] != changed[:, 50:]).any()


def test_too_few_days_teach_nothing() -> None:
    panel, _ = _sold_out(_panel(), 11)
    assert fit_uncensoring_model(panel, replace(FEW, min_rows=100_000), 1) is None


def test_the_same_days_give_the_same_model(fitted: UncensoringModel) -> None:
    again = fit_uncensoring_model(_sold_out(_panel(), 11)[0], FEW, 1)
    assert again is not None and again.rows == fitted.rows
    assert again.booster.model_to_string() == fitted.booster.model_to_string()


def _slowly(panel: HourlyPanel, series: int, day: int) -> dict[str, float]:
    """What is known of a series before a day, hour by hour as the features are described."""
    kinds = int(panel.kind_of_day.max()) + 1

    def usual(s: int, d: int) -> np.ndarray:
        """Shares of the hours, of whole days before `d` of the category and kind of day."""
        own, every = np.zeros(HOURS), np.ones(HOURS)
        for other in range(len(panel.category)):
            for past in range(d):
                if not panel.whole_days()[other, past]:
                    continue
                every += panel.sold_units[other, past]
                same = panel.category[other] * kinds + panel.kind_of_day[other, past]
                if same == panel.category[s] * kinds + panel.kind_of_day[s, d]:
                    own += panel.sold_units[other, past]
        own = own + 200 * every / every.sum()
        return np.asarray(own / own.sum())

    def share(d: int) -> float:
        hours = usual(series, d) * panel.is_offered[series, d]
        return float((hours * panel.on_sale[series, d]).sum() / hours.sum()) if hours.any() else 0.0

    def sold(d: int) -> float:
        return float(panel.sold_units[series, d][panel.on_sale[series, d] > 0].sum())

    found: dict[str, float] = {}
    for days in (7, 14, 28, 56):
        past = range(max(day - days, 0), day)
        whole = [d for d in past if panel.whole_days()[series, d]]
        seen = sum(share(d) for d in past)
        found[f"rate_{days}"] = sum(map(sold, past)) / seen if seen >= 0.3 else np.nan
        found[f"whole_{days}"] = float(np.mean([sold(d) for d in whole])) if whole else np.nan
        found[f"whole_days_{days}"] = len(whole)
    longer = found["whole_56"] if found["whole_days_56"] else np.nan_to_num(found["rate_56"])
    own, counted = np.nan_to_num(found["whole_14"]), found["whole_days_14"]
    found["level"] = (own * counted + 3 * longer) / (counted + 3) + 0.1
    for lag in (1, 2, 7, 14):
        d = day - lag
        found[f"rate_lag_{lag}"] = sold(d) / share(d) if d >= 0 and share(d) >= 0.4 else np.nan
    return found


@pytest.mark.slow
def test_features_are_what_a_slow_reader_finds() -> None:
    """Twelve series of thirty days with stock-outs, two categories, and days not offered."""
    panel, _ = _sold_out(_panel(5), 3)
    offered = panel.is_offered[:12, :30].copy()
    offered[0, 10] = False
    few = replace(
        panel,
        sold_units=panel.sold_units[:12, :30] * offered,
        is_offered=offered,
        on_sale=panel.on_sale[:12, :30] * offered,
        category=np.arange(12) % 2,
        groups={"warehouse": np.arange(12) // 6},
        days={"discount": np.tile(np.linspace(0.5, 1, 30, dtype=np.float32), (12, 1))},
        kind_of_day=panel.kind_of_day[:12, :30],
    )
    known = DayFeatures(few)
    where = np.array([[0, 11], [0, 0], [1, 1], [3, 14], [7, 29], [11, 20]])
    rows = known.rows(where)
    levels = {(s, d): _slowly(few, s, d)["level"] for s in range(12) for d in (11, 29)}
    for row, (series, day) in zip(rows, where.tolist(), strict=True):
        wanted = _slowly(few, series, day)
        share, sold, begun, first, last = row[:5]
        assert sold == few.sold_units[series, day][few.on_sale[series, day] > 0].sum()
        under = wanted["level"] * share
        assert begun == pytest.approx(
            sold / under if under >= 0.02 else np.nan, rel=1e-4, nan_ok=True
        )
        seen = np.flatnonzero(few.on_sale[series, day] > 0)
        assert (first, last) == ((seen[0], seen[-1]) if len(seen) else (-1, -1))
        found = dict(zip(wanted, row[5:], strict=False))
        for name, value in wanted.items():
            assert found[name] == pytest.approx(value, rel=1e-3, nan_ok=True), (series, day, name)
        discount, change, kind = row[-3:]
        past = few.days["discount"][series, max(day - 14, 0) : day]
        assert discount == few.days["discount"][series, day]
        assert change == pytest.approx(
            discount - past.mean() if day else np.nan, abs=1e-5, nan_ok=True
        )
        assert kind == few.kind_of_day[series, day]
    # how the others of the warehouse went, drawn to 1 by two units
    for row, (series, day) in zip(rows, where.tolist(), strict=True):
        if (series, day) not in levels:
            continue
        others = [s for s in range(12) if s // 6 == series // 6 and s != series]
        at = [known.rows(np.array([[s, day]]))[0] for s in others]
        units = sum(float(one[1]) for one in at)
        usual = sum(levels[s, day] * float(one[0]) for s, one in zip(others, at, strict=True))
        assert row[-4] == pytest.approx((units + 2) / (usual + 2), rel=1e-3)


def test_just_enough_days_are_learnt_from() -> None:
    panel, _ = _sold_out(_panel(), 11)
    quick = replace(FEW, rounds=1, trees=1)
    model = fit_uncensoring_model(panel, quick, 1)
    assert model is not None
    assert fit_uncensoring_model(panel, replace(quick, min_rows=model.rows), 1) is not None
    assert fit_uncensoring_model(panel, replace(quick, min_rows=model.rows + 1), 1) is None
