"""Name every asset once, in the order of the data flow, and which of them a day makes.

The only list of assets kept by hand: jobs, checks and tables of the day follow from it. Not here:
jobs, schedules and checks (`definitions.py` assembles them).
"""

import dagster as dg

from assets.core.demand.demand_day import demand_day
from assets.core.supply.lead_times import lead_times
from assets.core.supply.supply_options import supply_options
from assets.decide.replenishment.restock_lines import restock_lines
from assets.decide.wake_up.wake_up_lines import wake_up_lines
from assets.evaluate.rolling_origin.demand_backtest import demand_rolling
from assets.framework.day_asset import table_written_by
from assets.ingest.exports import INGEST_ASSETS
from assets.ingest.inbox_manifest import inbox_manifest
from assets.predict.churn.churn_model import churn_model
from assets.predict.churn.churn_scores import churn_scores
from assets.predict.demand.demand_drift import demand_drift
from assets.predict.demand.demand_forecast import demand_forecast
from assets.predict.demand.demand_model import demand_model
from assets.predict.nowcast.order_nowcast import order_nowcast
from assets.profiles.affinity.associations import associations
from assets.profiles.affinity.communities import community_demand, community_skus
from assets.profiles.basic.profile_basic import profile_basic
from assets.profiles.change_detection.price_ranks import price_ranks
from assets.profiles.change_detection.profile_inputs import profile_inputs
from assets.profiles.consumption.profile_categories import profile_categories
from assets.profiles.consumption.profile_consumption import profile_consumption
from assets.profiles.emotion.profile_emotion import profile_emotion
from assets.profiles.feedback.echo_alarms import echo_alarms
from assets.profiles.feedback.message_signals import message_signals
from assets.profiles.feedback.review_drivers import review_drivers
from assets.profiles.feedback.wishes import wishes
from assets.profiles.labels.account_marks import account_marks
from assets.profiles.labels.label_evidence import label_evidence
from assets.profiles.labels.layer_labels import layer_labels
from assets.profiles.labels.layer_thresholds import layer_thresholds
from assets.profiles.scene.profile_scene import profile_scene
from assets.publish.database.database import database
from assets.publish.lists.nowcast_list import nowcast_list
from assets.publish.lists.restock_list import restock_list
from assets.publish.lists.wake_up_list import wake_up_list
from assets.publish.reports.backtest_report import backtest_report
from assets.publish.reports.run_card import run_card
from data_contracts.table import Table

# exports in → profile and demand history → models → lists out
FLOW: tuple[dg.AssetsDefinition, ...] = (
    inbox_manifest,
    *INGEST_ASSETS,
    profile_basic,
    price_ranks,
    message_signals,
    profile_inputs,
    profile_consumption,
    profile_categories,
    profile_scene,
    profile_emotion,
    wishes,
    echo_alarms,
    review_drivers,
    account_marks,
    layer_thresholds,
    layer_labels,
    label_evidence,
    associations,
    community_demand,
    community_skus,
    demand_day,
    supply_options,
    lead_times,
    demand_model,
    demand_forecast,
    demand_drift,
    churn_model,
    churn_scores,
    restock_lines,
    wake_up_lines,
    restock_list,
    wake_up_list,
    database,
    run_card,
)

# run on demand, not part of the day
ON_DEMAND: tuple[dg.AssetsDefinition, ...] = (demand_rolling, backtest_report)
# for a business day still open, run on demand
OPEN_DAY: tuple[dg.AssetsDefinition, ...] = (order_nowcast, nowcast_list)


def checked_tables(assets: tuple[dg.AssetsDefinition, ...]) -> tuple[Table, ...]:
    """Return the tables that assets of the same name store: no list, page or model."""
    return tuple(
        table
        for asset in assets
        if (table := table_written_by(asset)) and table.name == asset.key.to_user_string()
    )


CHECKED = checked_tables(FLOW)
OPEN_DAY_CHECKED = checked_tables(OPEN_DAY)
