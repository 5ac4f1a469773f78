"""Score P(no net order in the next 30 days) for every user with a net order, by model or by rule.

Contains the scoring of one snapshot, `as_of`. Not here: fitting (`churn_model`).
"""

import pandas as pd

from assets.framework.day_asset import DayRun, Written, day_asset, sql_beside
from assets.predict.churn.churn_features import (
    feature_frame,
    report_absent_exports,
)
from assets.predict.churn.churn_model import model_of, stored_churn_model
from assets.predict.churn.feature_sources import FEATURE_SOURCES
from data_contracts.tables.churn import CHURN_SCORES
from models.customers import churn
from models.params.churn import CHURN, ChurnParams
from models.registry.artifacts import Artifact

RULE = "own-rhythm-rule"


@day_asset(CHURN_SCORES, deps=["churn_model", *FEATURE_SOURCES], kinds={"duckdb", "lightgbm"})
def churn_scores(run: DayRun) -> Written:
    """Score every user's risk of not ordering within 30 days, with the user's interpurchase time.

    The day's features go through the stored model. Without one, the user's own interpurchase time
    decides, and the column `fallback` says so; that figure is a rule of thumb, not calibrated.
    """
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
            "流失概率按用户自身复购节奏估算，未经校准",
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
