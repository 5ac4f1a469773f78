"""Write the run card: whether the day's lists may be trusted, and why, as JSON and as a page.

Computed in `run_card_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.lists import RUN_CARD
from data_contracts.stored_tables import STORED_TABLES


@day_asset(
    RUN_CARD,
    deps=["restock_list", "wake_up_list", "database", "demand_drift"],
    reads=STORED_TABLES,
    kinds={"json", "html"},
)
def run_card(run: DayRun) -> Written:
    """运行报告: `reports/<as-of>/run_card.json` and `.html`: the verdict on the day's lists,
    and what a person is to do about it, first.

    Rows, money and freshness per export (read = loaded + quarantined + duplicate + superseded +
    forgotten is verified, to the fen; an imbalance fails the run), what was repaired, quality
    checks, accuracy compared with naive baselines, fallbacks, the lists with their sha256, seconds
    and peak memory per step. This step's own time is not on the card it writes.
    """
    from assets.publish.reports.run_card_steps import make_run_card

    return make_run_card(run)
