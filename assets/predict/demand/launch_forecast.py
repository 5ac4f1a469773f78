"""Forecast lines for SKUs that come on offer and have not sold yet.

Contains reading launches and logging what the forecast rests on. Not here: the uptake
(`models/demand/cold_start.py`), series with a sale (`demand_forecast_steps.py`).
"""

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.codes.demand import SUM_HORIZONS
from models.clock import HORIZON_DAYS
from models.demand.cold_start import launch_sums, launch_units, launch_uptake
from models.params.demand import DEFAULTS, LAUNCHES


@dataclass(frozen=True)
class LaunchLines:
    """Forecasts of launches without a sale: `days` (warehouse_id, sku_id, category, horizon,
    target_day, mean_units) and `sums` (`models.demand.cold_start.launch_sums`).
    """

    days: pd.DataFrame
    sums: pd.DataFrame


def launch_lines(session: Session, run: DayRun) -> LaunchLines:
    """Forecast coming launches; needs the steps of `feature_rows`. Empty without one."""
    history = session.frame(
        sql_beside(__file__, "launch_history.sql"),
        as_of=run.as_of,
        first_level_day=run.as_of - timedelta(days=DEFAULTS.model.lookback_days),
        last_target_day=run.as_of + timedelta(days=HORIZON_DAYS),
        prior_series_days=DEFAULTS.model.prior_series_days,
    )
    share, pairs = launch_uptake(history, LAUNCHES)
    as_of = pd.Timestamp(run.as_of)
    lines = launch_units(history, as_of, share, LAUNCHES)
    if len(lines):
        run.log(
            f"demand: {len(lines) // HORIZON_DAYS} launches without a sale, at {share:.2f} of "
            f"similar SKUs (from {pairs} earlier launches)"
        )
    return LaunchLines(lines, launch_sums(history, as_of, share, list(SUM_HORIZONS), LAUNCHES))
