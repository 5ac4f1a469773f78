"""Compute the asset `churn_model`, which `churn_model.py` declares and describes.

Contains which snapshots are used, when a stored model is reused, and the figures shown. Not here:
features, fit and metrics (`models.customers.churn`), scores (`churn_scores`).
"""

from datetime import date, timedelta

import pandas as pd

from assets.framework.day_asset import DayRun, Written
from assets.predict.churn.churn_features import feature_frame
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.churn import CHURN_BACKTEST
from models.customers import churn
from models.evaluation.calibration import from_json
from models.params.churn import CHURN, ChurnParams
from models.registry.artifacts import Artifact, recent_artifact, save_artifact

KIND = "churn"
_BOOSTER = "churn"


def make_churn_model(run: DayRun) -> Written:
    """Compute the asset `churn_model` for the business date of `run`."""
    with run.session() as session:
        stored = stored_churn_model(run, CHURN)
        if stored is not None:
            run.log(f"churn: {stored.version} is recent enough, no new fit")
            return _write_backtest(session, run, stored)
        fitted = _fit(session, run, CHURN)
        if fitted is None:
            rows = session.replace(
                CHURN_BACKTEST, run.as_of, "select * from churn_backtest limit 0"
            )
            return Written(rows, {"model": "none: too little history"})
        folder = save_artifact(run.models_dir, fitted)
        run.log(f"churn: {fitted.version} stored as {folder.parent.name}/{folder.name}")
        return _write_backtest(session, run, fitted)


def stored_churn_model(run: DayRun, params: ChurnParams) -> Artifact | None:
    """Return a model of the last `retrain_every_days` days with these features and parameters."""
    return recent_artifact(
        run.models_dir,
        KIND,
        run.as_of,
        days=params.retrain_every_days,
        expected={"features": list(churn.FEATURES), "params": repr(params)},
        log=run.log,
    )


def model_of(artifact: Artifact) -> churn.ChurnModel:
    """Return the scoring model in an artifact."""
    return churn.ChurnModel(artifact.boosters[_BOOSTER], from_json(artifact.details["calibration"]))


def _fit(session: Session, run: DayRun, params: ChurnParams) -> Artifact | None:
    labelled = _labelled(session, run, params)
    reason = "no snapshot is old enough for a label" if labelled is None else None
    if labelled is not None:
        reason = churn.reason_not_to_fit(labelled, params)
    if labelled is None or reason is not None:
        run.fallback(
            "churn_no_model",
            f"churn model not fitted ({reason}): "
            "each user's own interpurchase time is used instead",
            "历史数据不足，未训练流失模型，改按每个用户的平时周期估算",
        )
        return None
    figures = _backtest(run, labelled, params)
    model = churn.fit(labelled, params, progress=run.log)
    details = {
        "features": list(churn.FEATURES),
        "params": repr(params),
        "label_days": params.label_days,
        "snapshots": [day.isoformat() for day in sorted(set(labelled["snapshot"].dt.date))],
        "rows": len(labelled),
        "users": int(labelled["user_id"].nunique()),
        "calibration": model.calibration.to_json(),
        "backtest": figures,
    }
    return Artifact(KIND, run.as_of, {_BOOSTER: model.booster}, details)


def _labelled(session: Session, run: DayRun, params: ChurnParams) -> pd.DataFrame | None:
    """Return every labelled row, for fit and backtest; None without one."""
    first_day: date | None = session.scalar(
        """
        select min(business_date) from orders
        where user_id is not null and business_date <= $as_of
        """,
        as_of=run.as_of,
    )
    last_labelled = run.as_of - timedelta(days=params.label_days)
    days = churn.snapshot_days(first_day, last_labelled, params) if first_day else []
    if not days:
        return None
    users: int = session.scalar(
        """
        select count(distinct user_id) from orders
        where user_id is not null and business_date <= $as_of
        """,
        as_of=run.as_of,
    )
    share = min(1.0, params.max_training_users / users)
    run.log(f"churn: {len(days)} snapshots from {days[0]}, {share:.0%} of {users:,} users")
    frame = feature_frame(session, run, days, params, users_share=share)
    return frame[frame["churned"].notna()].assign(churned=lambda rows: rows["churned"].astype(bool))


def _backtest(run: DayRun, labelled: pd.DataFrame, params: ChurnParams) -> dict[str, object] | None:
    """Score the newest labelled snapshot with a model whose labels were all known on it."""
    snapshot = labelled["snapshot"].max()
    known_then = labelled["snapshot"] + timedelta(days=params.label_days) <= snapshot
    training, scored = labelled[known_then], labelled[labelled["snapshot"] == snapshot]
    reason = churn.reason_not_to_fit(training, params)
    if reason is None and scored["churned"].nunique() < 2:
        reason = "only one outcome on the scored snapshot"
    if reason is not None:
        run.fallback(
            "churn_no_backtest",
            f"churn model without a backtest: {reason}",
            "历史数据不足，流失模型没有回测结果",
        )
        return None
    run.log(f"churn: backtest on {len(scored):,} users of {snapshot:%Y-%m-%d}")
    table = churn.backtest(training, scored, params)
    return {
        "snapshot": snapshot.date().isoformat(),
        "users": len(scored),
        "rows": table.to_dict(orient="records"),
    }


def _write_backtest(session: Session, run: DayRun, artifact: Artifact) -> Written:
    figures = artifact.details["backtest"]
    shown: dict[str, object] = {
        "model": artifact.version,
        "training_rows": artifact.details["rows"],
    }
    frame = pd.DataFrame(figures["rows"] if figures else [], columns=_FIGURES)
    frame["snapshot"] = date.fromisoformat(figures["snapshot"]) if figures else None
    frame["users"] = figures["users"] if figures else None
    session.register("figures", frame)
    sql = "select *, cast($as_of as date) as as_of from figures"
    rows = session.replace(CHURN_BACKTEST, run.as_of, sql, as_of=run.as_of)
    for row in figures["rows"] if figures else []:
        shown[f"{row['model']}_{row['metric']}"] = round(row["value"], 4)
    return Written(rows, shown)


_FIGURES = ["model", "metric", "value", "low", "high"]
