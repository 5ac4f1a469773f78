"""Fit the orders of all lines into budgets, capacities and the suppliers' order minimums.

Contains the ladders of quantities and the limits in the form that `allocation.py` solves. Not here:
the best quantity of a single line (`line_scenarios.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.restock_limits import RestockLimits
from models.params.replenishment import RestockParams
from models.replenishment.allocation import Ladders, OrderMinimum, Resource, allocate
from models.replenishment.line_scenarios import LineScenarios

_RUNGS_BELOW = 8
# Steps above the best quantity, for orders that must reach a minimum.
_STEPS_ABOVE = (1, 2, 3, 5, 8, 13)
_LEAST_LOSS_YUAN = 1e-4  # per unit above the best quantity


@dataclass(frozen=True)
class LimitedOrders:
    """Units per line within the limits, and why a line orders nothing.

    `is_dropped`: its order is not placed, because its minimum is out of reach or costs more than it
    earns. `is_over_limit`: no budget or capacity is left for it. `is_short_of_minimum`: its order
    is placed, for users have paid, and does not reach the supplier's minimum.
    """

    units: np.ndarray
    is_dropped: np.ndarray
    is_over_limit: np.ndarray
    is_short_of_minimum: np.ndarray


def ladder(case: LineScenarios, best_units: np.ndarray, params: RestockParams) -> Ladders:
    """Return the quantities that a line may take instead of `best_units`, with their profit.

    Nothing, up to eight quantities from the smallest order to the best one, and some steps more.
    Units that users have paid for, presale among them, are the lowest rung.
    """
    steps, forced = case.steps, case.forced_units
    first, step = steps.first_units(), steps.step_units
    is_forced = forced > 1e-9
    least = np.where(is_forced, np.ceil(forced / step - 1e-6) * step, first)
    least = np.maximum(least, first)
    share = np.arange(1, _RUNGS_BELOW + 1) / _RUNGS_BELOW
    between = np.maximum(best_units - least, 0.0)[:, None] * share
    rising = least[:, None] + np.floor(between / step[:, None] + 1e-9) * step[:, None]
    rising = np.where(best_units[:, None] >= least[:, None] - 1e-9, rising, 0.0)
    top = np.maximum(best_units, least - step)
    above = top[:, None] + step[:, None] * np.array(_STEPS_ABOVE)
    lowest = np.where(best_units >= least - 1e-9, least, 0.0)[:, None]
    units = np.hstack([np.zeros((len(first), 1)), lowest, rising, above])
    most = np.maximum(np.floor(steps.most_units / step + 1e-9) * step, 0.0)
    units = np.where(units <= most[:, None] + 1e-9, units, best_units[:, None])
    units = np.maximum.accumulate(np.round(units, 6), axis=1)
    closed = best_units[:, None] * np.ones(units.shape[1])
    closed[:, 0] = 0.0
    may_grow = case.lines["may_order"].to_numpy(bool)
    units = np.where(may_grow[:, None], units, closed)
    line_yuan = case.line_yuan(params)
    profit = np.stack(
        [np.where(q > 0, case.profit_yuan(q) - line_yuan, 0.0) for q in units.T], axis=1
    )
    # more than the best quantity is a loss, even where the service level has capped it
    highest = profit[:, [-1 - len(_STEPS_ABOVE)]]
    is_more = units > best_units[:, None] + 1e-9
    loss = _LEAST_LOSS_YUAN * (units - best_units[:, None])
    profit = np.where(is_more, np.minimum(profit, highest - loss), profit)
    scale = np.where(may_grow, _yuan_per_point(case), 0.0)
    is_least = (is_forced | ~may_grow) & (best_units > 0)
    return Ladders(units, profit * scale[:, None], is_least.astype(int))


def _yuan_per_point(case: LineScenarios) -> np.ndarray:
    """Return yuan per point of profit: 1, or the cost where the profit is counted in units."""
    cost = case.lines["cost_yuan"].to_numpy(float)
    return np.where(case.of_line.has_no_yuan, np.where(np.isnan(cost), 1.0, cost), 1.0)


def fit_into_limits(
    lines: pd.DataFrame, ladders: Ladders, best_units: np.ndarray, limits: RestockLimits
) -> LimitedOrders:
    """Choose the quantity of every line within the limits.

    `lines`: warehouse_id, supplier_id, cost_yuan, min_order_yuan per line; a line of unknown cost
    uses no budget.
    """
    minimum = _order_minimum(lines)
    rung = allocate(ladders, _resources(lines, limits), minimum)
    units = ladders.at(rung)
    gone = (best_units > 0) & (units <= 0)
    values = minimum.values_yuan(units)[minimum.order_no]
    is_dropped = gone & (minimum.least_yuan[minimum.order_no] > 0) & (values <= 0)
    least = minimum.least_yuan[minimum.order_no]
    is_short = (units > 0) & (values < least - _LEAST_LOSS_YUAN)
    return LimitedOrders(units, is_dropped, gone & ~is_dropped, is_short)


def _order_minimum(lines: pd.DataFrame) -> OrderMinimum:
    """Return the minimum of each order: of one warehouse at one supplier."""
    orders = lines[["warehouse_id", "supplier_id"]].fillna("").astype(str)
    number = orders.groupby(["warehouse_id", "supplier_id"], sort=True).ngroup().to_numpy()
    least = np.zeros(int(number.max(initial=-1)) + 1)
    np.maximum.at(least, number, np.nan_to_num(lines["min_order_yuan"].to_numpy(float)))
    return OrderMinimum(lines["cost_yuan"].to_numpy(float), number, least)


def _resources(lines: pd.DataFrame, limits: RestockLimits) -> list[Resource]:
    cost = np.nan_to_num(lines["cost_yuan"].to_numpy(float))
    resources = []
    if limits.budget_yuan is not None:
        everyone = np.zeros(len(lines), int)
        resources.append(Resource(cost, everyone, np.array([limits.budget_yuan])))
    for name, use in (("budget_yuan", cost), ("capacity_units", np.ones(len(lines)))):
        capacity = {
            warehouse: value
            for warehouse, limit in limits.warehouses.items()
            if (value := getattr(limit, name)) is not None
        }
        if capacity:
            number = {warehouse: at for at, warehouse in enumerate(capacity)}
            group = lines["warehouse_id"].map(number).fillna(-1).to_numpy(int)
            resources.append(Resource(use, group, np.array(list(capacity.values()))))
    return resources
