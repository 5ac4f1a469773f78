"""Compute the asset `churn_scores`, which `churn_scores.py` declares and describes.

Contains the scoring of one snapshot, `as_of`. Not here: fitting (`churn_model`).
"""

import pandas as pd

from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.predict.churn.churn_features import (
    feature_frame,
    report_absent_exports,
)
from assets.predict.churn.churn_model_steps import model_of, stored_churn_model
from data_contracts.tables.churn import CHURN_SCORES
from models.customers import churn
from models.params.churn import CHURN, ChurnParams
from models.registry.artifacts import Artifact

RULE = "own-rhythm-rule"


def make_churn_scores(run: DayRun) -> Written:
    """Compute the asset `churn_scores` for the business date of `run`."""
    with run.session() as session:
        frame = feature_frame(session, run, [run.as_of], CHURN)
        artifact = stored_churn_model(run, CHURN)
        if artifact is not None:
            report_absent_exports(session, run)
        scores = _scored(run, frame, artifact, CHURN)
        session.register("scored", scores)
        rows = session.replace(
            CHURN_SCORES, run.as_of, sql_beside(__file__, "churn_scores.sql"), as_of=run.as_of
        )
    if frame.empty:
        return Written(rows, {"model": "no user with a kept order"})
    mean = round(float(scores["churn_30d"].mean()), 4)
    return Written(rows, {"model": scores["model_version"].iloc[0], "mean_churn_30d": mean})


def _scored(
    run: DayRun, frame: pd.DataFrame, artifact: Artifact | None, params: ChurnParams
) -> pd.DataFrame:
    """Return the columns of `churn_scores` without `as_of`; one row per user of `frame`."""
    recency, rhythm = frame["recency_days"], frame["gap_median_days"]
    if frame.empty or artifact is None:
        probabilities = churn.rhythm_churn(
            recency, rhythm, params.rhythm, label_days=params.label_days
        )
        version, fallback = RULE, "too little history for a model"
        run.fallback(
            "churn_by_rule",
            "churn_30d rests on each user's own interpurchase time and is not calibrated",
            "流失概率按用户的平时周期估算，未经校准",
        )
    else:
        probabilities = model_of(artifact).probabilities(frame)
        version, fallback = artifact.version, None
    return pd.DataFrame(
        {
            "user_id": frame["user_id"],
            "churn_30d": probabilities,
            "recency_days": recency,
            "orders": frame["orders"],
            "rhythm_days": rhythm,
            "overdue_ratio": churn.overdue_ratio(recency, rhythm),
            "model_version": version,
            "fallback": pd.Series(fallback, index=frame.index, dtype="object"),
        }
    )
