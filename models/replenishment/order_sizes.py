"""Turn an ideal quantity into one that the supplier takes: packs, steps, least and most units.

Not here: the ideal quantity (`expected_profit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.codes.products import SaleUnit
from models.replenishment.expected_profit import UnitMoney, expected_profit

_KILOGRAM_STEP_UNITS = 0.01


@dataclass(frozen=True)
class OrderSteps:
    """What quantities a supplier takes, per line.

    `step_units`: orders are multiples of it (the least common step of pack and order step).
    `least_units`: minimum order quantity, `most_units`: largest; a multiple of the step between
    them, or nothing.
    """

    step_units: np.ndarray
    least_units: np.ndarray
    most_units: np.ndarray

    def rows(self, chosen: slice) -> OrderSteps:
        """Return the steps of some lines."""
        return OrderSteps(
            self.step_units[chosen], self.least_units[chosen], self.most_units[chosen]
        )

    def first_units(self) -> np.ndarray:
        """Return the smallest order that is taken."""
        steps = np.ceil(np.maximum(self.least_units, self.step_units) / self.step_units - 1e-9)
        return np.asarray(steps * self.step_units)


def orderable_units(
    ideal_units: np.ndarray,
    steps: OrderSteps,
    need: np.ndarray,
    need_in_life: np.ndarray,
    money: UnitMoney,
    forced_units: np.ndarray,
    order_line_yuan: np.ndarray,
) -> np.ndarray:
    """Return the orderable quantity of most profit next to the ideal one.

    V is concave, so of all multiples of the step the best is one of the two around the ideal
    quantity; nothing is ordered where neither earns more than `order_line_yuan`, the cost of a
    line. `forced_units`: what users have already paid for is always covered.
    """
    first, step = steps.first_units(), steps.step_units
    most = np.maximum(np.floor(steps.most_units / step + 1e-9) * step, 0.0)
    floor = np.floor(ideal_units / step + 1e-9) * step
    least = np.where(
        forced_units > 1e-9, np.maximum(np.ceil(forced_units / step - 1e-6) * step, first), 0.0
    )
    best = least
    value = np.where(best > 0, expected_profit(best, need, need_in_life, money), order_line_yuan)
    for candidate in (floor, floor + step):
        tried = np.clip(candidate, np.maximum(first, least), np.maximum(most, 0.0))
        gains = expected_profit(tried, need, need_in_life, money)
        better = (gains > value + 1e-9) & (tried >= np.maximum(first, least) - 1e-9)
        best, value = np.where(better, tried, best), np.where(better, gains, value)
    limited = np.where(best > most, np.where(most >= first - 1e-9, most, 0.0), best)
    return np.asarray(np.round(limited, 6))


def order_steps(lines: pd.DataFrame) -> OrderSteps:
    """Return step, least and most units of an order per line.

    Pack size, order step and minimum order are three different things: an order is a multiple of
    the pack and of the step, and not below the minimum. Without a pack, pieces are ordered singly
    and kilograms in hundredths.
    """
    pieces = (lines["sale_unit"] == SaleUnit.PIECE.value).to_numpy()
    loose = np.where(pieces, 1.0, _KILOGRAM_STEP_UNITS)
    pack = lines["pack_size_units"].to_numpy(float)
    step = lines["order_step_units"].to_numpy(float)
    pack, step = np.where(pack > 0, pack, loose), np.where(step > 0, step, np.nan)
    step = np.where(np.isnan(step), pack, step)
    grams = np.lcm(*(np.maximum(np.round(v * 1000), 1).astype(np.int64) for v in (pack, step)))
    return OrderSteps(
        step_units=grams / 1000,
        least_units=np.nan_to_num(lines["min_order_units"].to_numpy(float)),
        most_units=np.nan_to_num(lines["max_order_units"].to_numpy(float), nan=np.inf),
    )
