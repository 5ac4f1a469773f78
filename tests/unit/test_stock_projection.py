"""Projected stock against a plain run over batches, one line and one scenario at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.projection import (
    DemandScenarios,
    StockAhead,
    demand_scenarios,
    project,
)
from models.replenishment.protection import ProtectionPeriod
from models.replenishment.scenarios import scenario_shares
from tests.restock_case import EVEN, SPANS

NO = np.nan
SCENARIOS = 5


@dataclass
class Shelf:
    """Batches by last day of sale, and what happened to them."""

    batches: dict[float, float] = field(default_factory=dict)
    wasted: float = 0.0

    def put(self, last_day: float, units: float) -> None:
        self.batches[last_day] = self.batches.get(last_day, 0.0) + units

    def take(self, wanted: float) -> float:
        taken = 0.0
        for last_day in sorted(self.batches):
            part = min(self.batches[last_day], wanted - taken)
            self.batches[last_day] -= part
            taken += part
        return taken

    def close(self, day: int) -> float:
        over = [last_day for last_day in self.batches if last_day <= day]
        return sum(self.batches.pop(last_day) for last_day in over)

    @property
    def units(self) -> float:
        return sum(self.batches.values())


def _by_hand(case: Case, line: int, scenario: int, order: float) -> dict[str, float]:
    first = int(case.period.first_day[line, scenario])
    last = int(case.period.last_day[line, scenario])
    life = max(float(np.nan_to_num(case.life[line], nan=np.inf)), 1.0)
    end = float(np.nan_to_num(case.end[line], nan=np.inf))
    order_ends = min(first + life - 1, end)
    shelf = Shelf()
    for day in range(1, LAST_DAY + 2):
        is_known = day <= LAST_DAY
        shelf.put(min(day if is_known else np.inf, life), case.stock.expiring_units[line, day])
    claimed = float(case.stock.claimed_units[line])
    claimed -= shelf.take(claimed)
    found = dict.fromkeys(("need", "in_life", "before", "wasted", "short_in"), 0.0)
    short_from, left, demand_after = np.inf, [], 0.0
    for day in range(1, LAST_DAY + 1):
        shelf.put(day + life - 1, case.stock.arriving_units[line, day])
        if day == first:
            shelf.put(first + life - 1, order)
        claimed -= shelf.take(claimed)
        unmet = 0.0
        if day == first:
            found["need"] += claimed
            found["in_life"] += claimed
            unmet, claimed = claimed, 0.0
        wanted = case.demand_units(line, scenario, day)
        missing = wanted - shelf.take(wanted)
        unmet += missing
        if first <= day <= order_ends:
            found["in_life"] += missing
            found["need"] += missing if day <= last else 0.0
        found["before"] += missing if day < first else 0.0
        if unmet > 1e-6:
            short_from = min(short_from, day)
            found["short_in"] = max(found["short_in"], float(first <= day <= last))
        spoiled = shelf.close(day)
        found["wasted"] += spoiled if day <= last else 0.0
        left.append(shelf.units)
    if order_ends > LAST_DAY:
        days = order_ends - LAST_DAY
        rate = (case.mean[line, LAST_DAY] - case.mean[line, LAST_DAY - 7]) / 7
        demand_after = rate * days * case.factors[2][line, scenario] if rate else 0.0
        found["in_life"] += max(demand_after - shelf.units, 0.0)
    return found | {"short_from": short_from} | {f"left_{d + 1}": u for d, u in enumerate(left)}


@dataclass
class Case:
    period: ProtectionPeriod
    life: np.ndarray
    end: np.ndarray
    stock: StockAhead
    mean: np.ndarray
    factors: tuple[np.ndarray, np.ndarray, np.ndarray]

    def demand_units(self, line: int, scenario: int, day: int) -> float:
        if day < self.period.first_day[line, scenario]:
            which = 0
        else:
            which = 1 if day <= self.period.last_day[line, scenario] else 2
        rise = self.mean[line, day] - self.mean[line, day - 1]
        return float(rise * self.factors[which][line, scenario])


def _case(lines: int, seed: int) -> Case:
    random = np.random.default_rng(seed)
    first = random.integers(1, LAST_DAY + 1, (lines, SCENARIOS))
    last = np.minimum(first + random.integers(0, 9, (lines, SCENARIOS)), LAST_DAY)
    expiring = random.poisson(0.4, (lines, LAST_DAY + 2)) * random.uniform(0, 9, (lines, 1))
    expiring[:, 0] = 0.0
    expiring[:, -1] *= random.integers(0, 9, lines)
    arriving = random.poisson(0.1, (lines, LAST_DAY + 1)) * random.uniform(0, 20, (lines, 1))
    arriving[:, 0] = 0.0
    daily = random.gamma(1.0, 3.0, (lines, LAST_DAY)) * random.integers(0, 3, (lines, 1))
    return Case(
        ProtectionPeriod(first, last, np.zeros(lines, bool)),
        random.choice([NO, 0, 1, 2, 5, 20, 40, 300], lines),
        random.choice([NO, NO, -3, 0, 1, 4, 15, 40], lines),
        StockAhead(expiring, arriving, random.choice([0.0, 0.0, 3.0, 60.0], lines)),
        np.hstack([np.zeros((lines, 1)), np.cumsum(daily, axis=1)]),
        tuple(random.uniform(0, 2, (3, lines, SCENARIOS))),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("is_ordered", [False, True])
def test_every_figure_is_that_of_a_run_over_batches(is_ordered: bool) -> None:
    lines = 150
    case = _case(lines, seed=8)
    order = np.random.default_rng(4).uniform(0, 60, lines) * is_ordered
    found = project(
        DemandScenarios(case.mean, *case.factors),
        case.period,
        case.stock,
        case.life,
        case.end,
        order if is_ordered else None,
    )
    for line in range(lines):
        rows = [_by_hand(case, line, scenario, order[line]) for scenario in range(SCENARIOS)]
        by_hand = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        assert found.need_units[line] == pytest.approx(by_hand["need"], abs=1e-6)
        assert found.need_in_life_units[line] == pytest.approx(by_hand["in_life"], abs=1e-6)
        assert found.short_before_units[line] == pytest.approx(by_hand["before"].mean(), abs=1e-6)
        assert found.wasted_units[line] == pytest.approx(by_hand["wasted"].mean(), abs=1e-6)
        assert found.short_in_period_share[line] == by_hand["short_in"].mean()
        for day in range(1, LAST_DAY + 1):
            assert found.stock_units[line, day - 1] == pytest.approx(
                by_hand[f"left_{day}"].mean(), abs=1e-6
            )
            assert found.short_share[line, day - 1] == (by_hand["short_from"] <= day).mean()
    assert (found.need_units > 0).mean() > 0.1
    assert (found.wasted_units > 0).mean() > 0.1


def test_what_the_order_brings_fills_the_need() -> None:
    """With an order of the largest need nothing is missing in its life within the period."""
    case = _case(100, seed=2)
    demand = DemandScenarios(case.mean, *case.factors)
    lasting = np.full(100, NO)
    given = (demand, case.period, case.stock, lasting, lasting)
    need = project(*given).need_units
    assert project(*given, need.max(axis=1)).short_in_period_share.max() == 0
    little_less = np.maximum(need.max(axis=1) - 0.01, 0.0)
    short = project(*given, little_less).short_in_period_share
    assert (short[need.max(axis=1) > 0] > 0).all()


def _drawn(first: int, last: int, within: float = 1.0) -> tuple[DemandScenarios, ProtectionPeriod]:
    shares = scenario_shares(2)
    shape = (1, shares.shape[1])
    period = ProtectionPeriod(np.full(shape, first), np.full(shape, last), np.zeros(1, bool))
    mean = 10 * SPANS[None, :]
    spread = 1 + (np.array(EVEN) - 1) * np.array([1.0, 1.0, within, within, within])[:, None]
    sums = DemandSums.of(SPANS, mean, mean[:, :, None] * spread)
    return demand_scenarios(sums, period, np.array([NO]), shares), period


def test_the_demand_until_the_next_arrival_has_its_mean_and_spread() -> None:
    demand, period = _drawn(1, 3)
    found = demand.units_until_next_arrival(period)[0]
    assert found.mean() == pytest.approx(30, rel=0.03)
    assert np.quantile(found, 0.9) == pytest.approx(54, rel=0.03)
    assert demand.day_units(2, period)[0] == pytest.approx(found / 3)


def test_demand_before_and_after_the_arrival_goes_together_as_the_sums_say() -> None:
    """Sums of 7 days as uncertain as those of 3 go together; a tenth as uncertain, they do not."""
    together, _ = _drawn(4, 7)
    apart, _ = _drawn(4, 7, within=0.1)

    def along(demand: DemandScenarios) -> float:
        return float(np.corrcoef(demand.factor_before[0], demand.factor_within[0])[0, 1])

    assert along(together) > 0.8
    assert abs(along(apart)) < 0.2
