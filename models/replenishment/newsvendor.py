"""State the textbook's formulas of inventory: newsvendor, base stock, lot size, reorder point.

Contains formulas in closed form with symbols, units and published values, which hold what the
policies compute from forecasts. Not here: policies on real demand (`models/replenishment/policy.py`
and `models/replenishment/replay/policies.py`), which know no normal distribution.

Source of the examples: Snyder and Shen, "Fundamentals of Supply Chain Theory", 2nd edition 2019,
chapters 3 and 4, as computed by the package stockpyl 1.0.2.
"""

from __future__ import annotations

from math import exp, pi, sqrt
from statistics import NormalDist

_STANDARD = NormalDist()


def critical_ratio(underage_yuan: float, overage_yuan: float) -> float:
    """Return the newsvendor's critical ratio Cu ÷ (Cu + Co), the service level of least cost.

    Cu: yuan lost per unit short; Co: yuan lost per unit left over. The order quantity of least
    expected cost is the demand distribution's quantile at this level (Arrow, Harris and Marschak
    1951, "Optimal inventory policy", Econometrica 19; the newsvendor model of inventory textbooks).
    Raises ValueError when either is negative or both are 0.

    >>> round(critical_ratio(0.70, 0.18), 4)
    0.7955
    """
    if underage_yuan < 0 or overage_yuan < 0 or underage_yuan + overage_yuan == 0:
        raise ValueError("underage and overage must not be negative, and not both 0")
    return underage_yuan / (underage_yuan + overage_yuan)


def newsvendor_normal(
    mean_units: float, sd_units: float, underage_yuan: float, overage_yuan: float
) -> float:
    """Return the order quantity S* = μ + σ Φ⁻¹(Cu ÷ (Cu + Co)) for demand N(μ, σ²), in units.

    A target from normal quantiles must agree with this textbook case: holding cost 0.18 and
    stock-out cost 0.70 yuan per unit, demand N(50, 8²).

    >>> newsvendor_normal(50, 8, 0.70, 0.18)
    56.60395592743389
    """
    return NormalDist(mean_units, sd_units).inv_cdf(critical_ratio(underage_yuan, overage_yuan))


def newsvendor_normal_cost(
    level_units: float,
    mean_units: float,
    sd_units: float,
    underage_yuan: float,
    overage_yuan: float,
) -> float:
    """Return the expected cost Co E[(S − D)⁺] + Cu E[(D − S)⁺] of a level S, in yuan.

    With z = (S − μ) ÷ σ: E[(D − S)⁺] = σ (φ(z) − z (1 − Φ(z))), E[(S − D)⁺] is that plus S − μ.

    >>> round(newsvendor_normal_cost(newsvendor_normal(50, 8, 0.70, 0.18), 50, 8, 0.70, 0.18), 10)
    1.9976051932
    >>> round(newsvendor_normal_cost(60, 50, 8, 0.70, 0.18), 10)
    2.1561315529
    """
    z = (level_units - mean_units) / sd_units
    density = exp(-z * z / 2) / sqrt(2 * pi)
    short = sd_units * (density - z * (1 - _STANDARD.cdf(z)))
    left = short + level_units - mean_units
    return overage_yuan * left + underage_yuan * short


def base_stock_normal(
    mean_units: float,
    sd_units: float,
    lead_time_periods: int,
    underage_yuan: float,
    overage_yuan: float,
) -> float:
    """Return the base stock S* of a periodic review with lead time L, in units of position.

    Stock on hand and on order is raised to S* in each period. An order must last until the next
    one arrives, so demand of L + 1 periods counts: N((L + 1) μ, (L + 1) σ²), with what is short
    delivered later.

    >>> base_stock_normal(50, 8, 4, 0.70, 0.18)
    264.76689437415484
    """
    periods = lead_time_periods + 1
    return newsvendor_normal(
        periods * mean_units, sqrt(periods) * sd_units, underage_yuan, overage_yuan
    )


def economic_order_quantity(
    order_cost_yuan: float, holding_yuan: float, demand_units: float
) -> float:
    """Return the lot size Q* = √(2 K λ ÷ h), in units.

    K: yuan per order; h: yuan per unit and period; λ: units per period (Harris 1913, "How many
    parts to make at once").

    >>> economic_order_quantity(8, 0.225, 1300)
    304.0467800264368
    """
    return sqrt(2 * order_cost_yuan * demand_units / holding_yuan)


def lot_size_cost(
    lot_units: float, order_cost_yuan: float, holding_yuan: float, demand_units: float
) -> float:
    """Return the cost K λ ÷ Q + h Q ÷ 2 of ordering Q units at a time, in yuan per period.

    >>> round(lot_size_cost(economic_order_quantity(8, 0.225, 1300), 8, 0.225, 1300), 10)
    68.4105255059
    >>> lot_size_cost(500, 8, 0.225, 1300)
    77.05
    """
    return order_cost_yuan * demand_units / lot_units + holding_yuan * lot_units / 2


def reorder_point_cost_poisson(
    reorder_point_units: int,
    order_up_to_units: int,
    order_cost_yuan: float,
    mean_units: float,
    underage_yuan: float,
    overage_yuan: float,
) -> float:
    """Return the expected cost per period of an (s, S) policy, in yuan.

    At or below s, stock is raised to S at once; demand is Poisson; what is short is delivered
    later. c(s, S) = (K + Σ m(j) G(S − j)) ÷ Σ m(j) over j = 0 … S − s − 1, with G the newsvendor's
    cost of one period and m(j) the expected periods of a cycle spent at S − j (Zheng and Federgruen
    1991, "Finding optimal (s, S) policies is about as simple as evaluating a single policy",
    Operations Research 39).

    >>> round(reorder_point_cost_poisson(4, 10, 5, 6, 4, 1), 10)
    8.0341115615
    >>> round(reorder_point_cost_poisson(2, 12, 5, 6, 4, 1), 10)
    8.5610547747
    """
    if reorder_point_units >= order_up_to_units:
        raise ValueError("the reorder point must be below the level that is ordered up to")
    steps = order_up_to_units - reorder_point_units
    chances = _poisson(mean_units, max(steps, order_up_to_units) + 1)
    periods = [1 / (1 - chances[0])]
    for j in range(1, steps):
        reached = sum(chances[fall] * periods[j - fall] for fall in range(1, j + 1))
        periods.append(reached / (1 - chances[0]))
    cost = order_cost_yuan + sum(
        periods[j]
        * _poisson_cost(order_up_to_units - j, mean_units, chances, underage_yuan, overage_yuan)
        for j in range(steps)
    )
    return cost / sum(periods)


def _poisson(mean_units: float, count: int) -> list[float]:
    chances = [exp(-mean_units)]
    for units in range(1, count):
        chances.append(chances[-1] * mean_units / units)
    return chances


def _poisson_cost(
    level_units: int,
    mean_units: float,
    chances: list[float],
    underage_yuan: float,
    overage_yuan: float,
) -> float:
    left = sum((level_units - units) * chances[units] for units in range(max(level_units, 0)))
    short = left + mean_units - level_units
    return overage_yuan * left + underage_yuan * short
