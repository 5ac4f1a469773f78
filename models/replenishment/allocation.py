"""Allocate a limited budget or capacity over restock lines, by what the next yuan earns.

Contains the choice of one quantity per line from its ladder of quantities. Not here: the value of a
quantity (`expected_profit.py`), which quantities a supplier takes (`order_sizes.py`).

Each line has a ladder: quantities from 0 up, with the profit and the use of every limit. Limits are
resources (yuan of a budget, cubic metres of a warehouse, pieces of a van) that groups of lines
share, and minimum values that an order reaches or is not placed at all. Without a limit that binds,
every line takes its best rung.

With limits this is a multiple-choice knapsack, which HiGHS solves exactly if it is small. A large
one is made small. The price of a unit of each scarce resource is raised until the use fits
(Lagrange relaxation; Everett 1963, "Generalized Lagrange multiplier method", Operations Research
11). At these prices each order below its minimum is topped up or left out on its own. Most lines
then have one rung that is far ahead; the rungs close to it are the core that is solved (Pisinger
1995, "A minimal algorithm for the multiple-choice knapsack problem", European Journal of
Operational Research 83).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

_HALVINGS = 50
_ROUNDS = 4
_EPSILON = 1e-9
_CORE_RUNGS = 3_000
_RELATIVE_GAP = 1e-4


class NoSolutionError(RuntimeError):
    """The solver found no allocation that keeps every limit."""


@dataclass(frozen=True)
class Ladders:
    """Quantities of each line with their profit, shape (lines, rungs); the first rung is 0 units.

    A shorter ladder repeats its last rung. `least_rung`: lowest rung allowed, for what users have
    paid for already.
    """

    units: np.ndarray
    profit_yuan: np.ndarray
    least_rung: np.ndarray

    def at(self, rung: np.ndarray) -> np.ndarray:
        """Return the units of the chosen rungs."""
        return np.asarray(np.take_along_axis(self.units, rung[:, None], axis=1)[:, 0])


@dataclass(frozen=True)
class Resource:
    """A limit that lines share: `use_per_unit` and `group` per line, `capacity` per group.

    A line with the group −1 does not use the resource.
    """

    use_per_unit: np.ndarray
    group: np.ndarray
    capacity: np.ndarray

    def use(self, units: np.ndarray) -> np.ndarray:
        """Return the use per group."""
        inside = self.group >= 0
        used = (self.use_per_unit * units)[inside]
        return np.bincount(self.group[inside], used, minlength=len(self.capacity))

    def price_per_unit(self, price: np.ndarray) -> np.ndarray:
        """Return what a unit of each line costs at a `price` per group."""
        return np.asarray(np.where(self.group >= 0, price[self.group], 0.0) * self.use_per_unit)


@dataclass(frozen=True)
class OrderMinimum:
    """Least value of an order: `order_no` per line, `least_yuan` per order; 0: none.

    `cost_yuan`: per unit and line; a line of unknown cost counts 0.
    """

    cost_yuan: np.ndarray
    order_no: np.ndarray
    least_yuan: np.ndarray

    def values_yuan(self, units: np.ndarray) -> np.ndarray:
        """Return the value of each order."""
        value = np.nan_to_num(self.cost_yuan) * units
        return np.bincount(self.order_no, value, minlength=len(self.least_yuan))


def allocate(
    ladders: Ladders, resources: list[Resource], minimum: OrderMinimum | None = None
) -> np.ndarray:
    """Return the rung per line of most profit within the limits.

    Lowest rungs are always granted: a capacity below their use counts as their use, and an order
    that holds one and cannot reach its minimum within the limits is placed all the same. Raises
    NoSolutionError if the solver finds none, although one always exists.
    """
    resources = [_with_room_for_least(ladders, resource) for resource in resources]
    minimum = minimum and _within_reach(ladders, minimum, ladders.units.max(axis=1))
    free = best_rungs(ladders)
    if _fits(ladders, resources, minimum, free):
        return free
    try:
        return _allocate(ladders, resources, minimum)
    except NoSolutionError:
        if minimum is None:
            raise
        # a minimum that granted rungs demand and that no limit leaves room for
        return _allocate(ladders, resources, _within_reach(ladders, minimum, None))


def _allocate(
    ladders: Ladders, resources: list[Resource], minimum: OrderMinimum | None
) -> np.ndarray:
    if ladders.units.size <= _CORE_RUNGS:
        return _solve(ladders, resources, minimum, _allowed(ladders))
    charge, is_open, placed = _decide_orders(ladders, resources, minimum)
    return _solve(ladders, resources, placed, _core(ladders, charge, is_open), is_optional=False)


def _within_reach(
    ladders: Ladders, minimum: OrderMinimum, most_units: np.ndarray | None
) -> OrderMinimum:
    """Drop the minimum of orders that hold a granted rung and cannot reach it.

    `most_units`: of each line; None: no order with a granted rung can.
    """
    forced = np.zeros(len(minimum.least_yuan), bool)
    forced[minimum.order_no[ladders.least_rung > 0]] = True
    if most_units is not None:
        forced &= minimum.values_yuan(most_units) < minimum.least_yuan
    return replace(minimum, least_yuan=np.where(forced, 0.0, minimum.least_yuan))


def _decide_orders(
    ladders: Ladders, resources: list[Resource], minimum: OrderMinimum | None
) -> tuple[np.ndarray, np.ndarray, OrderMinimum | None]:
    """Price the resources; top up or leave out the orders below their minimum at these prices.

    Returns the charge per rung, the rungs that stay open (one per line of such an order), and the
    minimum of the orders that are placed. The best open rungs fit everything.
    """
    is_open = _allowed(ladders)
    for attempt in range(_ROUNDS + 1):
        charge = _charge(ladders, resources, _prices(ladders, resources, is_open))
        rung = best_rungs(ladders, charge, is_open)
        if minimum is None:
            return charge, is_open, None
        values = minimum.values_yuan(ladders.at(rung))
        below = (values > _EPSILON) & (values < minimum.least_yuan - _EPSILON)
        if not below.any():
            break
        for order in np.flatnonzero(below):
            lines = np.flatnonzero(minimum.order_no == order)
            kept = ladders.least_rung[lines]
            if attempt < _ROUNDS:
                kept = _decide_order(ladders, minimum, charge, lines)
            is_open[lines] = np.arange(is_open.shape[1]) == kept[:, None]
        _leave_out_overused(ladders, resources, is_open)
    assert minimum is not None
    least = np.where(values > _EPSILON, minimum.least_yuan, 0.0)
    return charge, is_open, replace(minimum, least_yuan=np.minimum(least, values))


def _leave_out_overused(ladders: Ladders, resources: list[Resource], is_open: np.ndarray) -> None:
    """Leave out the settled lines of groups that they alone overuse."""
    settled = is_open.sum(axis=1) == 1
    for resource in resources:
        units = np.where(settled, ladders.at(is_open.argmax(axis=1)), 0.0)
        over = resource.use(units) > resource.capacity + _EPSILON
        lines = np.flatnonzero(settled & (resource.group >= 0) & over[resource.group])
        is_open[lines] = np.arange(is_open.shape[1]) == ladders.least_rung[lines, None]


def _decide_order(
    ladders: Ladders, minimum: OrderMinimum, charge: np.ndarray, lines: np.ndarray
) -> np.ndarray:
    """Return the rungs of the lines of one order: topped up to the minimum, or left out."""
    mine = Ladders(
        ladders.units[lines], (ladders.profit_yuan - charge)[lines], ladders.least_rung[lines]
    )
    least = minimum.least_yuan[minimum.order_no[lines[0]]]
    alone = OrderMinimum(minimum.cost_yuan[lines], np.zeros(len(lines), int), np.array([least]))
    return _solve(mine, [], alone, _allowed(mine))


def best_rungs(
    ladders: Ladders, charge: np.ndarray | float = 0.0, is_open: np.ndarray | None = None
) -> np.ndarray:
    """Return the rung of most profit after `charge` per rung; the lowest of equal ones."""
    allowed = _allowed(ladders) if is_open is None else is_open
    value = np.where(allowed, ladders.profit_yuan - charge, -np.inf)
    return np.asarray((value >= value.max(axis=1, keepdims=True) - _EPSILON).argmax(axis=1))


def _allowed(ladders: Ladders) -> np.ndarray:
    return np.arange(ladders.units.shape[1]) >= ladders.least_rung[:, None]


def _with_room_for_least(ladders: Ladders, resource: Resource) -> Resource:
    least = resource.use(ladders.at(ladders.least_rung))
    return Resource(resource.use_per_unit, resource.group, np.maximum(resource.capacity, least))


def _fits(
    ladders: Ladders, resources: list[Resource], minimum: OrderMinimum | None, rung: np.ndarray
) -> bool:
    units = ladders.at(rung)
    if any((each.use(units) > each.capacity + _EPSILON).any() for each in resources):
        return False
    if minimum is None:
        return True
    values = minimum.values_yuan(units)
    return not ((values > _EPSILON) & (values < minimum.least_yuan - _EPSILON)).any()


def _charge(ladders: Ladders, resources: list[Resource], prices: list[np.ndarray]) -> np.ndarray:
    per_unit = np.zeros(len(ladders.units))
    for resource, price in zip(resources, prices, strict=True):
        per_unit += resource.price_per_unit(price)
    return np.asarray(per_unit[:, None] * ladders.units)


def _prices(ladders: Ladders, resources: list[Resource], is_open: np.ndarray) -> list[np.ndarray]:
    """Return a price per resource and group at which nothing is overused, by turns."""
    prices = [np.zeros(len(resource.capacity)) for resource in resources]
    for _ in range(_ROUNDS if len(resources) > 1 else 1):
        for number, resource in enumerate(resources):
            others = [p if at != number else p * 0 for at, p in enumerate(prices)]
            charge = _charge(ladders, resources, others)
            prices[number] = _price(ladders, resource, charge, is_open)
    return prices


def _price(
    ladders: Ladders, resource: Resource, others: np.ndarray, is_open: np.ndarray
) -> np.ndarray:
    """Return the lowest price per group at which the resource is not overused, by bisection."""

    def is_overused(price: np.ndarray) -> np.ndarray:
        charge = others + resource.price_per_unit(price)[:, None] * ladders.units
        units = ladders.at(best_rungs(ladders, charge, is_open))
        return np.asarray(resource.use(units) > resource.capacity + _EPSILON)

    used = resource.use_per_unit[:, None] * ladders.units
    earned = np.maximum(ladders.profit_yuan, 0.0)
    slope = np.divide(earned, used, out=np.zeros_like(used), where=used > 0)
    low = np.zeros(len(resource.capacity))
    scarce = is_overused(low)
    high = np.where(scarce, slope.max(initial=0.0) * 2 + 1, 0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        over = is_overused(middle) & scarce
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return np.asarray(np.where(scarce, high, 0.0))


def _core(ladders: Ladders, charge: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """Choose the rungs that the solver decides on: those that lose least at the prices.

    The best open rung of a line is always among them. So is its lowest one, where the line has
    others: a solution must exist.
    """
    value = np.where(is_open, ladders.profit_yuan - charge, -np.inf)
    lost = value.max(axis=1, keepdims=True) - value
    count = min(_CORE_RUNGS + len(lost), lost.size)
    core = is_open & (lost <= np.partition(lost.ravel(), count - 1)[count - 1])
    lines = np.arange(len(lost))
    core[lines, lost.argmin(axis=1)] = True
    several = core.sum(axis=1) > 1
    core[lines[several], is_open.argmax(axis=1)[several]] = True
    return core


def _solve(
    ladders: Ladders,
    resources: list[Resource],
    minimum: OrderMinimum | None,
    is_core: np.ndarray,
    *,
    is_optional: bool = True,
) -> np.ndarray:
    """Solve the core exactly: one rung per line within every resource.

    An order reaches its minimum, or, if `is_optional`, is left out. Lines with a single rung in the
    core are settled: they use resources and add to orders.
    """
    from scipy.optimize import Bounds, milp

    result = is_core.argmax(axis=1)
    several = np.flatnonzero(is_core.sum(axis=1) > 1)
    row, rung = np.nonzero(is_core[several])
    if not len(row):
        return result
    choice = _Choices(several[row], ladders.units[several[row], rung])
    settled = ladders.at(result)
    settled[several] = 0.0
    orders = np.zeros(0, int)
    if minimum is not None:
        orders = np.flatnonzero(minimum.least_yuan > 0)
    switches = len(orders) if is_optional else 0
    constraints = [choice.limit(row, np.ones(len(row)), len(several), switches, 1, 1)]
    for resource in resources:
        used = resource.use_per_unit[choice.line] * choice.units
        left = resource.capacity - resource.use(settled)
        group = resource.group[choice.line]
        constraints.append(choice.limit(group, used, len(left), switches, -np.inf, left))
    if minimum is not None and len(orders):
        number = np.full(len(minimum.least_yuan), -1)
        number[orders] = np.arange(len(orders))
        order = number[minimum.order_no[choice.line]]
        yuan = np.nan_to_num(minimum.cost_yuan)[choice.line] * choice.units
        there = minimum.values_yuan(settled)[orders]
        least = minimum.least_yuan[orders]
        if is_optional:
            most = minimum.values_yuan(ladders.units.max(axis=1))[orders] + 1.0
            for limit, low, high in ((least, 0.0, np.inf), (most, -np.inf, 0.0)):
                constraints.append(
                    choice.limit(
                        order, yuan, len(orders), switches, low - there, high - there, -limit
                    )
                )
        else:
            constraints.append(
                choice.limit(order, yuan, len(orders), 0, least - there - 1e-6, np.inf)
            )
    profit = np.concatenate([ladders.profit_yuan[choice.line, rung], np.zeros(switches)])
    solved = milp(
        -profit,
        constraints=constraints,
        bounds=Bounds(0, 1),
        integrality=np.ones(len(profit)),
        options={"mip_rel_gap": _RELATIVE_GAP},
    )
    if solved.x is None:
        raise NoSolutionError(f"the allocation found no solution: {solved.message}")
    chosen = np.flatnonzero(solved.x[: len(row)] > 0.5)
    result[choice.line[chosen]] = rung[chosen]
    return result


@dataclass(frozen=True)
class _Choices:
    """The columns of the solver's problem: a line and the units of one of its rungs."""

    line: np.ndarray
    units: np.ndarray

    def limit(
        self,
        row: np.ndarray,
        value: np.ndarray,
        rows: int,
        switches: int,
        low: Any,
        high: Any,
        switch_value: np.ndarray | None = None,
    ) -> Any:
        """Return low ≤ Σ value ≤ high per row; each switch adds `switch_value` to its own row."""
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        inside = np.flatnonzero(row >= 0)
        at_row, at_column, values = row[inside], inside, value[inside]
        if switch_value is not None:
            own = np.arange(switches)
            at_row = np.concatenate([at_row, own])
            at_column = np.concatenate([at_column, len(self.line) + own])
            values = np.concatenate([values, switch_value])
        shape = (rows, len(self.line) + switches)
        return LinearConstraint(csr_array((values, (at_row, at_column)), shape=shape), low, high)
