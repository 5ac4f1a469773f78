"""Choose the quantity that earns most over the protection period.

Contains the expected profit of a quantity and its search. Not here: the scenarios of need
(`projection.py`), packs and minimum orders (`order_sizes.py`).

Of an order of q units, S(q) = E min(q, need) are sold before the next arrival, L(q) = E min(q, need
in life) before they expire. Against ordering nothing it earns

    V(q) = underage · S(q) − holding · (L(q) − S(q)) − overage · (q − L(q))

underage: yuan lost by a missing unit; holding: yuan a unit costs that is sold only after the next
arrival; overage: yuan lost by a unit that is never sold, at least as much. V is concave in q,
because min(q, need) is: its slope falls. This is the newsvendor of inventory textbooks with a
second, later chance to sell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_HALVINGS = 40


@dataclass(frozen=True)
class UnitMoney:
    """Yuan per unit and line: lost by a unit missing, by one sold late, by one never sold."""

    underage_yuan: np.ndarray
    holding_yuan: np.ndarray
    overage_yuan: np.ndarray

    def rows(self, chosen: slice) -> UnitMoney:
        """Return the money of some lines."""
        return UnitMoney(
            self.underage_yuan[chosen], self.holding_yuan[chosen], self.overage_yuan[chosen]
        )


def expected_profit(
    units: np.ndarray, need: np.ndarray, need_in_life: np.ndarray, money: UnitMoney
) -> np.ndarray:
    """Return V(q) in yuan per line for the quantities `units`, shape (lines,).

    `need`, `need_in_life`: (lines, scenarios), the second at least the first; infinite where the
    goods do not expire.

    >>> money = UnitMoney(np.array([4.0]), np.array([0.0]), np.array([6.0]))
    >>> need = np.array([[0.0, 10.0]])
    >>> expected_profit(np.array([10.0]), need, need, money).tolist()  # 4 · 5 − 6 · 5
    [-10.0]
    """
    sold = np.minimum(units[:, None], need).mean(axis=1)
    in_life = np.minimum(units[:, None], need_in_life).mean(axis=1)
    return np.asarray(
        money.underage_yuan * sold
        - money.holding_yuan * (in_life - sold)
        - money.overage_yuan * (units - in_life)
    )


def marginal_profit(
    units: np.ndarray, need: np.ndarray, need_in_life: np.ndarray, money: UnitMoney
) -> np.ndarray:
    """Return the slope of V just before `units`: yuan earned by the last unit."""
    wanted = (need >= units[:, None]).mean(axis=1)
    in_life = (need_in_life >= units[:, None]).mean(axis=1)
    return np.asarray(
        money.underage_yuan * wanted
        - money.holding_yuan * (in_life - wanted)
        - money.overage_yuan * (1 - in_life)
    )


def most_profitable_units(
    need: np.ndarray, need_in_life: np.ndarray, money: UnitMoney
) -> np.ndarray:
    """Return the real quantity of most profit per line, by bisection on the slope."""
    low, high = np.zeros(len(need)), need.max(axis=1) + 1e-9
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        pays = marginal_profit(middle, need, need_in_life, money) > 0
        low, high = np.where(pays, middle, low), np.where(pays, high, middle)
    return np.asarray(np.where(high < 1e-6, 0.0, high))
