"""Publish the wake-up list to CRM: the users to contact, never the held-out users.

Computed in `wake_up_list_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.lists import WAKE_UP
from data_contracts.tables.bookkeeping import PROVENANCE_TABLES
from data_contracts.tables.wake_up import WAKE_UP_LEFT_OUT


@day_asset(
    WAKE_UP.table(),
    deps=["wake_up_lines", "churn_scores", "contacts"],
    reads=(WAKE_UP_LEFT_OUT, *PROVENANCE_TABLES),
    kinds={"excel", "csv", "parquet"},
    is_daily=True,
)
def wake_up_list(run: DayRun) -> Written:
    """唤醒清单: users to contact today as CSV, XLSX and Parquet with a manifest, published at once.

    Held-out users are counted in the manifest and never listed: the effect of contacts is measured
    against them. Names and phones are masked; a list with an unmasked value is not published.
    """
    from assets.publish.lists.wake_up_list_steps import make_wake_up_list

    return make_wake_up_list(run)
