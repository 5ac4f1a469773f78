"""State what a missing, a late and an unsold unit cost, per restock line.

Not here: the profit of a quantity (`expected_profit.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts.codes.products import FulfilmentMode
from models.params.replenishment import RestockParams
from models.replenishment.expected_profit import UnitMoney


@dataclass(frozen=True)
class LineMoney:
    """Money per unit, and which rows lack price or cost (default level) or sell at a loss.

    `has_no_yuan`: the amounts express a service level, so a profit is not in yuan.
    """

    money: UnitMoney
    is_default_level: np.ndarray
    is_loss: np.ndarray
    has_no_yuan: np.ndarray


def line_money(lines: pd.DataFrame, period_days: np.ndarray, params: RestockParams) -> LineMoney:
    """Return what a unit missing, sold late or never sold costs, per line.

    A missing unit loses the margin, less what substitutes bring back; no more than emergency
    supply costs where that is bought. Without price or cost, at a loss, or with a service level to
    keep, the yuan are those of the newsvendor with that level: underage = level, overage = 1 −
    level.
    """
    price, cost = lines["price_yuan"].to_numpy(float), lines["cost_yuan"].to_numpy(float)
    margin = price - cost
    is_priced = ~np.isnan(margin)
    presale = (lines["fulfilment_mode"] == FulfilmentMode.PRESALE.value).to_numpy()
    is_loss = is_priced & (margin <= 0)
    underage = np.maximum(margin, 0.0) * (1 - params.substituted_share)
    if params.buys_at_once:
        extra = lines["emergency_cost_yuan"].to_numpy(float) - cost
        underage = np.fmin(underage, np.maximum(extra, 0.0))
    overage = cost * (1 - params.salvage_share)
    # goods that cost more to keep than to throw away are thrown away
    holding = np.minimum(cost * params.holding_share_per_day * period_days, overage)
    instant = (lines["fulfilment_mode"] == FulfilmentMode.INSTANT.value).to_numpy()
    level = np.where(
        instant, params.default_service_level_instant, params.default_service_level_prestock
    )
    level = np.where(is_loss, params.loss_service_level, level)
    by_level = ~is_priced | is_loss
    if params.service_level is not None:
        level, by_level = np.full(len(lines), params.service_level), np.ones(len(lines), bool)
    return LineMoney(
        UnitMoney(
            underage_yuan=np.where(by_level, level, underage),
            holding_yuan=np.where(by_level, 1 - level, holding),
            overage_yuan=np.where(by_level, 1 - level, overage),
        ),
        is_default_level=~is_priced & ~presale,
        is_loss=is_loss & ~presale,
        has_no_yuan=by_level,
    )
