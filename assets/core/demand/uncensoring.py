"""Estimate demand lost to stock-outs: choose or refit the model, then write its estimates.

Contains the reuse of the last week's model, the days it is fitted on, and `lost_demand`. Not here:
the input arrays (`hourly_arrays.py`), features and fit (`models/demand/uncensoring/model.py`).
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from assets.core.demand.hourly_arrays import hourly_panel, warehouse_parts
from assets.core.demand.shared_steps import warehouse_day_kinds
from assets.framework.day_asset import DayRun, sql_beside
from assets.resources.lakehouse.lakehouse import Session
from models.demand.scoring import backtest_origins
from models.demand.uncensoring.hourly_panel import HourlyPanel
from models.demand.uncensoring.model import (
    UncensoringModel,
    estimate_lost_units,
    fit_uncensoring_model,
)
from models.params.demand import DemandParams
from models.registry.artifacts import Artifact, recent_artifact, save_artifact
from models.registry.fit_errors import FitError, named_failures

KIND = "demand_recovery"
_BOOSTER = "recovery"


def lost_demand(session: Session, run: DayRun, first_day: date, params: DemandParams) -> str:
    """Make `lost_demand`: lost units per series-day with a sold-out hour; empty where too few hours
    were on sale to estimate them.

    Returns the version of the model, or "" where the rule (recent rate of the series) replaces it.
    """
    session.table(
        "lost_by_rule",
        sql_beside(__file__, "lost_by_rule.sql"),
        earlier_days=params.panel.usual_days - 1,
        min_seen_days=params.panel.min_seen_days,
    )
    model = None
    if session.scalar("select count(*) from lost_by_rule where units is not null"):
        model = _by_model(session, run, first_day, params)
    if model is None:
        session.view("lost_demand", "select * from lost_by_rule")
        return ""
    session.table(
        "lost_demand",
        """
        select
            r.warehouse_id, r.sku_id, r.day,
            case when r.units is not null then f.units end as units
        from lost_by_rule as r
        inner join panel_series as p on r.warehouse_id = p.warehouse_id and r.sku_id = p.sku_id
        left join lost_by_model as f on p.series_no = f.series_no and r.day - $first_day = f.day_no
        """,
        first_day=first_day,
    )
    return model.version


def _by_model(
    session: Session, run: DayRun, first_day: date, params: DemandParams
) -> Artifact | None:
    """Make `lost_by_model` (series_no, day_no, units) and give its model; None without one."""
    warehouse_day_kinds(session, first_day, run.as_of)
    days = (run.as_of - first_day).days + 1
    model, lost = _stored(run, params), []
    for part in warehouse_parts(session, params.recovery.max_series):
        panel, numbers = hourly_panel(
            session, part, first_day, days, run.platform.cutoff_minutes // 60
        )
        if model is None:  # the first part teaches for all
            model = _learn(run, panel, first_day, params)
        if model is None:
            return None
        booster = UncensoringModel(model.boosters[_BOOSTER], int(model.details["rows"]))
        units = estimate_lost_units(panel, booster, _threads(run, params))
        series, day = np.nonzero(panel.hidden().any(2))
        lost.append(
            pd.DataFrame({"series_no": numbers[series], "day_no": day, "units": units[series, day]})
        )
    session.register("lost_by_model", pd.concat(lost, ignore_index=True))
    return model


def _stored(run: DayRun, params: DemandParams) -> Artifact | None:
    return recent_artifact(
        run.models_dir,
        KIND,
        run.as_of,
        days=params.model.retrain_every_days,
        expected={"params": params.as_dict()["recovery"]},
        log=run.log,
    )


def _learn(
    run: DayRun, panel: HourlyPanel, first_day: date, params: DemandParams
) -> Artifact | None:
    """Fit on the days before those the forecast is scored on, and store; None where they are few.

    A forecast is scored on the last days of the panel: what it starts from must not be made by a
    model that has seen them.
    """
    settings = params.model
    origins = backtest_origins(run.as_of, settings.backtest_origins, settings.backtest_spacing_days)
    last_day = min(origins)
    until = panel.until((last_day - first_day) // timedelta(days=1) + 1)
    try:
        with named_failures("model of hidden demand"):
            fitted = fit_uncensoring_model(until, params.recovery, _threads(run, params))
    except FitError as error:
        run.fallback(
            "hidden_demand_by_rule",
            f"{error}: sold-out hours are made up for at the usual rate",
            "缺货还原模型训练失败，缺货时段按平时销速估算",
        )
        return None
    if fitted is None:
        return None
    details = {
        "params": params.as_dict()["recovery"],
        "rows": fitted.rows,
        "last_day": last_day.isoformat(),
    }
    artifact = Artifact(KIND, run.as_of, {_BOOSTER: fitted.booster}, details)
    save_artifact(run.models_dir, artifact)
    run.log(f"{KIND}: {artifact.version} learnt from {fitted.rows:,} days with hidden hours")
    return artifact


def _threads(run: DayRun, params: DemandParams) -> int:
    return max(1, run.threads // params.model.concurrent_fits)
