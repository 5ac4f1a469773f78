"""Score P(no net order in the next 30 days) for every user with a net order, by model or by rule.

Computed in `churn_scores_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from assets.predict.churn.churn_feature_sources import FEATURE_SOURCES
from data_contracts.tables.churn import CHURN_SCORES


@day_asset(CHURN_SCORES, deps=["churn_model", *FEATURE_SOURCES], kinds={"duckdb", "lightgbm"})
def churn_scores(run: DayRun) -> Written:
    """Score every user's risk of not ordering within 30 days, with the user's interpurchase time.

    The day's features go through the stored model. Without one, the user's own interpurchase time
    decides, and the column `fallback` says so; that figure is a rule of thumb, not calibrated.
    """
    from assets.predict.churn.churn_scores_steps import make_churn_scores

    return make_churn_scores(run)
