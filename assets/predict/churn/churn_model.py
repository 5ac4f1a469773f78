"""Asset `churn_model`: fit the churn model on past snapshots, test it on a later one, store it.

Computed in `churn_model_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.churn.churn_feature_sources import FEATURE_SOURCES
from data_contracts.tables.churn import CHURN_BACKTEST


@day_asset(
    CHURN_BACKTEST,
    name="churn_model",
    deps=FEATURE_SOURCES,
    kinds={"duckdb", "lightgbm"},
)
def churn_model(run: DayRun) -> Written:
    """Fit who will not order within 30 days: LightGBM on snapshots of every user's history.

    Each snapshot is seen as of its evening. Its label is known 30 days later, so the newest
    training snapshot is 30 days old. The figures come from a model whose training ends another 30
    days earlier; it predicts the newest snapshot and is compared with recency alone on the same
    users. A model of the last days is reused; one of a later day never is.
    """
    from assets.predict.churn.churn_model_steps import make_churn_model

    return make_churn_model(run)
