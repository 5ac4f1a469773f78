"""Masked hours, number by number: where stock runs out, and which parts of a day are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.demand.uncensoring.hour_masking import (
    _simulated_stock,
    _until_stock_runs_out,
    mask_hours,
    open_hours,
    random_day_parts,
)
from models.demand.uncensoring.hourly_panel import RUN_OUT_PART, HourlyPanel
from models.params.demand import UncensoringParams

PARAMS = replace(UncensoringParams(), hidden_hours=(6, 16), hidden_share=0.4)


def panel_of(sold: np.ndarray) -> HourlyPanel:
    """Series × days × hours, all on offer and on sale."""
    series, days, _ = sold.shape
    return HourlyPanel(
        sold_units=sold.astype(np.float32),
        is_offered=np.ones(sold.shape, bool),
        on_sale=np.ones(sold.shape, np.float32),
        category=np.zeros(series, np.int64),
        groups={},
        days={},
        kind_of_day=np.zeros((series, days), np.int64),
    )


def test_stock_runs_out_with_the_unit_that_empties_it() -> None:
    """Empty in an hour, exactly at its end, in the first hour, and never."""
    sold = np.array([[2, 0, 3, 0, 1]] * 4, np.float32)
    units, part = _until_stock_runs_out(sold, np.array([4.0, 5.0, 1.0, 6.5]))
    assert units.tolist() == [[2, 0, 2, 0, 0], [2, 0, 3, 0, 0], [1, 0, 0, 0, 0], [2, 0, 3, 0, 1]]
    half = RUN_OUT_PART
    assert part.tolist() == [[1, 1, half, 0, 0], [1, 1, half, 0, 0], [half, 0, 0, 0, 0], [1] * 5]


def test_no_stock_runs_out_in_the_first_hour_with_a_sale() -> None:
    units, part = _until_stock_runs_out(np.array([[0, 2, 1]], np.float32), np.array([0.0]))
    assert units.tolist() == [[0, 0, 0]] and part.tolist() == [[1, RUN_OUT_PART, 0]]


def test_simulated_stock_is_a_multiple_of_the_mean_of_the_days_on_offer() -> None:
    panel = panel_of(np.arange(24.0).reshape(2, 3, 4))
    offered = panel.is_offered.copy()
    offered[0, 2] = offered[1] = False
    panel = replace(panel, is_offered=offered)
    where = np.array([[0, 0], [1, 2], [0, 1]])
    params = replace(PARAMS, shelf_days=(2.0, 2.0))
    stock = _simulated_stock(panel, where, np.random.default_rng(1), params)
    assert stock.tolist() == [66, 420, 66]  # 2 × 66 ÷ 2 days; never on offer counts as one day


def test_parts_of_days_begin_or_end_within_the_hours_and_hide_the_share_at_least() -> None:
    """Ten hours from 6; 40 % at least are hidden, so a part begins 0 to 5 hours in."""
    parts = random_day_parts((4000, 20), np.random.default_rng(1), PARAMS)
    assert not parts[:, :6].any() and not parts[:, 16:].any()
    late = {tuple(range(begin, 16)) for begin in range(6, 12)}
    early = {tuple(range(6, end)) for end in range(11, 17)}
    found = [tuple(np.flatnonzero(row).tolist()) for row in parts]
    assert set(found) == late | early
    only_late = sum(one in late - early for one in found) / len(found)
    assert 0.38 < only_late < 0.46  # half of the days; five in six of them keep some hours


def test_a_part_of_hours_too_few_to_choose_from_is_all_of_them() -> None:
    all_of_it = replace(PARAMS, hidden_share=1.0)
    parts = random_day_parts((50, 20), np.random.default_rng(1), all_of_it)
    assert (parts == ((np.arange(20) >= 6) & (np.arange(20) < 16))).all()


def test_open_hours_are_from_the_first_to_before_the_last() -> None:
    assert np.flatnonzero(open_hours(panel_of(np.ones((1, 1, 24))), PARAMS)).tolist() == list(
        range(6, 16)
    )


def test_half_of_the_days_run_out_and_whole_days_are_hidden_as_often_as_asked() -> None:
    panel = panel_of(np.ones((20, 100, 20)))
    params = replace(PARAMS, shelf_days=(0.5, 0.5), whole_day_share=0.0, max_rows=1500)
    masked = mask_hours(panel, params, whole_days=True)
    assert len(masked.where) == 1500
    ran_out = (masked.part == RUN_OUT_PART).any(1)
    assert 0.45 < ran_out.mean() < 0.55
    assert (masked.hidden_units[ran_out] == 10).all()  # of twenty units a day half are in stock
    hidden = (masked.part == 0).sum(1)[~ran_out]
    assert hidden.min() == 5 and hidden.max() == 10 and (hidden == 10).mean() < 0.25
    always = mask_hours(panel, replace(params, whole_day_share=1.0), whole_days=True)
    ran_out = (always.part == RUN_OUT_PART).any(1)
    assert ((always.part[~ran_out] == 0) == open_hours(panel, params)).all()


def test_what_sold_in_an_hour_that_was_not_on_sale_is_no_known_sale() -> None:
    panel = panel_of(np.ones((5, 40, 20)))
    on_sale = panel.on_sale.copy()
    on_sale[:, :, 10:] = 0
    on_sale[:, :, 9] = 0.5
    panel = replace(panel, on_sale=on_sale)
    masked = mask_hours(panel, replace(PARAMS, shelf_days=(9.0, 9.0)), whole_days=False)
    assert (masked.units[:, 10:] == 0).all() and (masked.hidden_units <= 4).all()
    assert (masked.part <= on_sale[0, 0]).all()
    assert not (masked.part == on_sale[0, 0]).all(1).any()  # days that lose nothing are left out
    assert not mask_hours(panel, PARAMS, whole_days=True).where.size
