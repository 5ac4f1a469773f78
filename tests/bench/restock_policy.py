"""Is the allocation optimal, and what do 100,000 restock lines cost?

    python -m tests.bench.restock_policy --cases 200 --lines 100000

`allocation`: random cases of 4 to 12 lines with a budget, two capacities and, in half of them,
order minimums, beside the same problem stated in full to SciPy's MILP (HiGHS): the gap in profit,
and whether every limit holds. `large`: lines × 12 quantities with all limits, beside the Lagrange
bound of the budget alone, which no allocation can exceed. `policy`: `restock` on made lines, one
thread: user CPU seconds and peak memory of this process. Seeds are 0 … cases − 1.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import date

import numpy as np
import pandas as pd

from data_contracts.tables.demand import QUANTILE_PERCENTS
from models.replenishment.allocation import (
    Ladders,
    OrderMinimum,
    Resource,
    allocate,
    best_rungs,
)
from models.replenishment.demand_sums import LAST_DAY, DemandSums
from models.replenishment.policy import FACTS, Supply, restock
from models.replenishment.projection import StockAhead
from models.replenishment.protection import OrderCalendar

AS_OF = date(2026, 10, 31)


def made_ladders(random: np.random.Generator, lines: int, rungs: int) -> tuple[Ladders, np.ndarray]:
    """Ladders of quantities with the profit of a gamma demand, and the cost per unit."""
    units = random.choice([1, 4, 6, 10, 12, 24], lines)[:, None] * np.arange(float(rungs))
    need = random.gamma(3, random.gamma(2, 10, lines)[:, None] / 3, (lines, 32))
    price = random.uniform(2, 15, lines)
    cost = price * random.uniform(0.4, 0.9, lines)
    sold = np.stack([np.minimum(units[:, [j]], need).mean(axis=1) for j in range(rungs)], axis=1)
    profit = (price - cost)[:, None] * sold - 0.3 * cost[:, None] * (units - sold)
    return Ladders(units, profit, np.zeros(lines, int)), cost


def exact_profit(ladders: Ladders, limits: list[Resource], minimum: OrderMinimum | None) -> float:
    """Solve the whole problem as a dense MILP, written independently of the product."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    lines, rungs = ladders.units.shape
    size = lines * rungs
    orders = 0 if minimum is None else len(minimum.least_yuan)
    rows, low, high = [], [], []

    def add(row: np.ndarray, least: float, most: float) -> None:
        rows.append(row)
        low.append(least)
        high.append(most)

    def of_lines(chosen: np.ndarray, per_unit: np.ndarray) -> np.ndarray:
        row = np.zeros(size + orders)
        for line in chosen:
            row[line * rungs : (line + 1) * rungs] = per_unit[line] * ladders.units[line]
        return row

    for line in range(lines):
        row = np.zeros(size + orders)
        row[line * rungs : (line + 1) * rungs] = 1
        add(row, 1, 1)
    for limit in limits:
        for group, capacity in enumerate(limit.capacity):
            add(
                of_lines(np.flatnonzero(limit.group == group), limit.use_per_unit),
                -np.inf,
                capacity,
            )
    if minimum is not None:
        for order, least in enumerate(minimum.least_yuan):
            value = of_lines(np.flatnonzero(minimum.order_no == order), minimum.cost_yuan)
            reached, bounded = value.copy(), value.copy()
            reached[size + order], bounded[size + order] = -least, -value.sum() - 1
            add(reached, 0, np.inf)
            add(bounded, -np.inf, 0)
    solved = milp(
        -np.concatenate([ladders.profit_yuan.ravel(), np.zeros(orders)]),
        constraints=LinearConstraint(np.array(rows), low, high),
        bounds=Bounds(0, 1),
        integrality=np.ones(size + orders),
        options={"mip_rel_gap": 0.0},
    )
    return -float(solved.fun)


def small_case(seed: int) -> tuple[Ladders, list[Resource], OrderMinimum | None]:
    """Lines of two warehouses and three suppliers whose limits bind more often than not."""
    random = np.random.default_rng(seed)
    lines = int(random.integers(4, 13))
    ladders, cost = made_ladders(random, lines, 8)
    free = ladders.at(best_rungs(ladders))
    value = float((cost * free).sum())
    warehouse, size = random.integers(0, 2, lines), random.uniform(0.5, 2, lines)
    load = np.bincount(warehouse, size * free, minlength=2)
    limits = [
        Resource(cost, np.zeros(lines, int), np.array([value * random.uniform(0.4, 1.1)])),
        Resource(size, warehouse, load * random.uniform(0.5, 1.2, 2)),
    ]
    if seed % 2:
        return ladders, limits, None
    least = random.uniform(0, 0.4, 3) * value
    return ladders, limits, OrderMinimum(cost, random.integers(0, 3, lines), least)


def keeps(ladders: Ladders, rung: np.ndarray, limits: list[Resource], minimum: OrderMinimum | None):
    """Whether every limit holds."""
    units = ladders.at(rung)
    fits = all((limit.use(units) <= limit.capacity + 1e-6).all() for limit in limits)
    if minimum is None:
        return fits
    values = minimum.values_yuan(units)
    return fits and bool(((values < 1e-9) | (values >= minimum.least_yuan - 1e-6)).all())


def allocation(cases: int) -> None:
    """Print the gaps of small cases."""
    gaps, kept = [], 0
    for seed in range(cases):
        ladders, limits, minimum = small_case(seed)
        rung = allocate(ladders, limits, minimum)
        profit = float(ladders.profit_yuan[np.arange(len(rung)), rung].sum())
        best = exact_profit(ladders, limits, minimum)
        gaps.append((best - profit) / best if best > 1e-6 else 0.0)
        kept += keeps(ladders, rung, limits, minimum)
    print(f"allocation: {cases} cases, largest gap {max(gaps):.4%}, limits kept in {kept}")


def large(lines: int) -> None:
    """Print the gap to the bound of a budget, and the cost of all limits."""
    random = np.random.default_rng(0)
    ladders, cost = made_ladders(random, lines, 12)
    free = ladders.at(best_rungs(ladders))
    budget = Resource(cost, np.zeros(lines, int), np.array([0.8 * float((cost * free).sum())]))
    rung = allocate(ladders, [budget])
    profit = float(ladders.profit_yuan[np.arange(lines), rung].sum())
    bound = min(
        (ladders.profit_yuan - price * cost[:, None] * ladders.units).max(axis=1).sum()
        + price * budget.capacity[0]
        for price in np.linspace(0, 0.5, 501)
    )
    order = random.integers(0, max(lines // 40, 1), lines)
    values = np.bincount(order, cost * free)
    minimum = OrderMinimum(cost, order, values * random.uniform(0, 1.3, len(values)))
    warehouse = random.integers(0, max(lines // 2_000, 1), lines)
    van = Resource(np.ones(lines), warehouse, 0.9 * np.bincount(warehouse, free))
    started = time.process_time()
    chosen = allocate(ladders, [budget, van], minimum)
    seconds = time.process_time() - started
    print(
        f"large: {lines} lines, a budget: {1 - profit / bound:.4%} under the bound; all limits: "
        f"{seconds:.1f} s CPU, kept: {keeps(ladders, chosen, [budget, van], minimum)}"
    )


def policy(lines: int) -> None:
    """Print the cost of the policy on made lines of every kind."""
    random = np.random.default_rng(1)
    daily = random.gamma(2, 3, lines)
    facts = pd.DataFrame(index=range(lines), columns=list(FACTS))
    facts["warehouse_id"] = "w1"
    facts["sku_id"] = [f"s{number}" for number in range(lines)]
    facts["fulfilment_mode"] = random.choice(["presale", "prestock", "instant"], lines)
    facts["sale_unit"] = random.choice(["piece", "kg"], lines)
    facts["pack_size_units"] = random.choice([np.nan, 1, 6, 10, 2.5], lines)
    facts["shelf_life_days"] = random.choice([np.nan, 1, 5, 20, 300], lines)
    facts["cost_yuan"] = random.uniform(1, 10, lines)
    facts["price_yuan"] = facts["cost_yuan"] * 1.4
    facts["on_hand_units"] = random.uniform(0, 20, lines)
    facts["orders_in_hand_units"] = random.integers(0, 4, lines)
    facts["presale_orders_units"], facts["stock_age_days"] = 3.06, 0.0
    facts[["is_paused", "has_negative_count"]], facts["has_stock_file"] = False, True
    facts["lead_time_source"], facts["last_offer_on"] = "declared", pd.NaT
    facts["forecast_72h_units"] = 3 * daily
    facts["demand_mean_28d_units"] = facts["sold_mean_28d_units"] = daily
    facts["out_of_stock_days_28d"] = 0
    spans = np.array([1.0, 3, 7, 14, 28])
    mean = daily[:, None] * spans
    spread = np.interp(QUANTILE_PERCENTS, [10, 50, 90, 95], [0.4, 0.95, 1.6, 1.9])
    expiring = np.zeros((lines, LAST_DAY + 2))
    expiring[:, LAST_DAY + 1] = facts["on_hand_units"].astype(float)
    lead = random.integers(1, 6, lines)
    supply = Supply(
        lead_time_cdf=(np.arange(LAST_DAY + 1) >= lead[:, None]).astype(float),
        lost_share=np.full(lines, 0.02),
        calendars=[OrderCalendar(), OrderCalendar(frozenset({1, 4}))],
        calendar_no=random.integers(0, 2, lines),
        platform_cutoff_minutes=23 * 60,
    )
    stock = StockAhead(
        expiring, np.zeros((lines, LAST_DAY + 1)), facts["orders_in_hand_units"].to_numpy(float)
    )
    sums = DemandSums.of(spans, mean, mean[:, :, None] * spread)
    started = time.process_time()
    decided = restock(facts, sums, stock, supply, AS_OF)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ordered = int((decided.lines["suggested_units"] > 0).sum())
    print(f"policy: {lines} lines, {ordered} to order: {seconds:.1f} s CPU, peak {peak:,.0f} MiB")


def main() -> None:
    """Run the three parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--lines", type=int, default=100_000)
    asked = parser.parse_args()
    allocation(asked.cases)
    large(20_000)
    policy(asked.lines)


if __name__ == "__main__":
    main()
