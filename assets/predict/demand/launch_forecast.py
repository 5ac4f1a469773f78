"""Lines of the forecast for SKUs that come on offer and have not sold yet.

Belongs here: reading launches, and saying what their figures rest on. Does not: how they are taken
up (`models/demand/cold_start.py`), series with a sale (`demand_forecast.py`).
"""

from datetime import timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.clock import HORIZON_DAYS
from models.demand.cold_start import launch_units, launch_uptake
from models.params.demand import DEFAULTS, LAUNCHES


def launch_lines(session: Session, run: DayRun) -> pd.DataFrame:
    """warehouse_id, sku_id, category, horizon, target_day, mean_units; needs the steps of
    `feature_rows`. Empty where no product is about to be launched."""
    found = session.frame(
        sql_beside(__file__, "launch_history.sql"),
        as_of=run.as_of,
        first_level_day=run.as_of - timedelta(days=DEFAULTS.model.lookback_days),
        last_target_day=run.as_of + timedelta(days=HORIZON_DAYS),
        prior_series_days=DEFAULTS.model.prior_series_days,
    )
    share, pairs = launch_uptake(found, LAUNCHES)
    made = launch_units(found, pd.Timestamp(run.as_of), share, LAUNCHES)
    if len(made):
        run.log(
            f"demand: {len(made) // HORIZON_DAYS} launches without a sale, at {share:.2f} of "
            f"similar SKUs (from {pairs} earlier launches)"
        )
    return made
