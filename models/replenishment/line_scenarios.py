"""Run restock lines through every scenario, without an order.

Contains what the choice of a quantity and the columns of a line are computed from. Not here: the
choice (`policy.py`), limits over several lines (`order_limits.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from models.params.replenishment import RestockParams
from models.replenishment.demand_sums import DemandSums
from models.replenishment.expected_profit import expected_profit, most_profitable_units
from models.replenishment.line_money import LineMoney, line_money
from models.replenishment.order_sizes import OrderSteps, order_steps, orderable_units
from models.replenishment.projection import (
    DemandScenarios,
    Projection,
    StockAhead,
    demand_scenarios,
    project,
)
from models.replenishment.protection import ProtectionPeriod


@dataclass(frozen=True)
class LineScenarios:
    """Lines with their demand in every scenario, and the projected days without an order."""

    lines: pd.DataFrame
    stock: StockAhead
    period: ProtectionPeriod
    demand: DemandScenarios
    without: Projection
    of_line: LineMoney
    steps: OrderSteps

    @classmethod
    def of(
        cls,
        lines: pd.DataFrame,
        sums: DemandSums,
        stock: StockAhead,
        period: ProtectionPeriod,
        demand_shares: np.ndarray,
        params: RestockParams,
    ) -> LineScenarios:
        """Draw the demand and project the stock; `demand_shares`: see `demand_scenarios`."""
        life, last_offer_day = (
            lines[name].to_numpy(float) for name in ("shelf_life_days", "days_on_offer")
        )
        demand = demand_scenarios(sums, period, last_offer_day, demand_shares)
        days = (period.last_day - period.first_day + 1).mean(axis=1)
        return cls(
            lines=lines,
            stock=stock,
            period=period,
            demand=demand,
            without=project(demand, period, stock, life, last_offer_day),
            of_line=line_money(lines, days, params),
            steps=order_steps(lines),
        )

    def projected(self, units: np.ndarray) -> Projection:
        """Project the stock with an order of `units` per line."""
        life, last_offer_day = (
            self.lines[name].to_numpy(float) for name in ("shelf_life_days", "days_on_offer")
        )
        return project(self.demand, self.period, self.stock, life, last_offer_day, units)

    @cached_property
    def first_day(self) -> np.ndarray:
        """Median arrival of the order, in days after as_of."""
        return np.asarray(np.median(self.period.first_day, axis=1).astype(int))

    @cached_property
    def last_day(self) -> np.ndarray:
        """Median last day before the next arrival."""
        return np.asarray(np.median(self.period.last_day, axis=1).astype(int))

    @cached_property
    def forced_units(self) -> np.ndarray:
        """Units that users have paid for and neither stock nor arrivals can provide in time."""
        row = np.arange(len(self.lines))
        arriving = np.cumsum(self.stock.arriving_units, axis=1)[row, self.first_day]
        available = self.stock.expiring_units.sum(axis=1) + arriving
        return np.asarray(np.maximum(self.stock.claimed_units - available, 0.0))

    def ideal_units(self, params: RestockParams) -> np.ndarray:
        """Return the real quantity of most profit, up to the highest service level."""
        need, in_life = self.without.need_units, self.without.need_in_life_units
        most = np.quantile(need, params.highest_service_level, axis=1)
        return np.minimum(most_profitable_units(need, in_life, self.of_line.money), most)

    def orderable_units(self, ideal_units: np.ndarray, params: RestockParams) -> np.ndarray:
        """Return the orderable quantity of most profit next to the ideal one."""
        return orderable_units(
            ideal_units,
            self.steps,
            self.without.need_units,
            self.without.need_in_life_units,
            self.of_line.money,
            self.forced_units,
            self.line_yuan(params),
        )

    def line_yuan(self, params: RestockParams) -> np.ndarray:
        """Return the cost of ordering a line; 0 where its profit is not in yuan."""
        return np.where(self.of_line.has_no_yuan, 0.0, params.order_line_yuan)

    def profit_yuan(self, units: np.ndarray) -> np.ndarray:
        """Return what an order of `units` per line earns against ordering nothing."""
        return expected_profit(
            units, self.without.need_units, self.without.need_in_life_units, self.of_line.money
        )
