"""Configure the job `backtest_demand`: origins, refits and baselines."""

import dagster as dg

from models.clock import HORIZON_DAYS
from models.params.demand import DEFAULTS as DEMAND_DEFAULTS


class BacktestConfig(dg.Config):
    """Configuration of the job `backtest_demand`.

    `origins`: origins to score, `every_days` apart, the last one three days before as_of.
    `refit_every_days`: days a model serves before the next is fitted (1: for every origin).
    `peers`: baselines from OPTIONAL_BASELINES.
    """

    origins: int = 4
    every_days: int = HORIZON_DAYS
    refit_every_days: int = DEMAND_DEFAULTS.model.retrain_every_days
    peers: list[str] = ["ssa"]
