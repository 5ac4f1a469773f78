"""Assemble assets, checks, jobs, schedules and sensors, in the order of the data flow.

Dagster loads `defs`; tests and the CLI call `build_defs` with their own settings.
"""

import dagster as dg

from assets.checks.asset_checks import checks_of
from assets.checks.demand_drift_check import demand_drift_check
from assets.core.demand.demand_day import demand_day
from assets.decide.replenishment.restock_lines import restock_lines
from assets.decide.wake_up.wake_up_lines import wake_up_lines
from assets.evaluate.rolling_origin.demand_backtest import demand_rolling
from assets.framework.home_resource import HomeResource
from assets.ingest.exports import INGEST_ASSETS
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
from assets.resources.files.private_files import set_private_umask
from data_contracts.exports import EXPORTS
from data_contracts.table import Table
from data_contracts.tables.affinity import ASSOCIATIONS, COMMUNITY_DEMAND, COMMUNITY_SKUS
from data_contracts.tables.churn import CHURN_SCORES, WAKE_UP_LINES
from data_contracts.tables.demand import (
    DEMAND_DAY,
    DEMAND_DRIFT,
    DEMAND_FORECAST,
    RESTOCK_LINES,
)
from data_contracts.tables.feedback import ECHO_ALARMS, MESSAGE_SIGNALS, REVIEW_DRIVERS, WISHES
from data_contracts.tables.inputs import PRICE_RANKS, PROFILE_INPUTS
from data_contracts.tables.labels import (
    ACCOUNT_MARKS,
    LABEL_EVIDENCE,
    LAYER_LABELS,
    LAYER_THRESHOLDS,
)
from data_contracts.tables.nowcast import ORDER_NOWCAST
from data_contracts.tables.profiles import (
    PROFILE_BASIC,
    PROFILE_CATEGORIES,
    PROFILE_CONSUMPTION,
    PROFILE_EMOTION,
    PROFILE_SCENE,
)
from pipelines.jobs import backtest_demand, nowcast, the_day
from pipelines.schedules import after_cutoff, upkeep_daily
from pipelines.sensors import inbox_sensor
from pipelines.settings import PSEUDONYM_KEY, VAULT_KEY, Settings
from pipelines.upkeep import upkeep

# exports in → profile and demand history → models → lists out
FLOW: tuple[dg.AssetsDefinition, ...] = (
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

CHECKED: tuple[Table, ...] = (
    *EXPORTS,
    PROFILE_BASIC,
    PRICE_RANKS,
    MESSAGE_SIGNALS,
    PROFILE_INPUTS,
    PROFILE_CONSUMPTION,
    PROFILE_CATEGORIES,
    PROFILE_SCENE,
    PROFILE_EMOTION,
    WISHES,
    ECHO_ALARMS,
    REVIEW_DRIVERS,
    ACCOUNT_MARKS,
    LAYER_THRESHOLDS,
    LAYER_LABELS,
    LABEL_EVIDENCE,
    ASSOCIATIONS,
    COMMUNITY_DEMAND,
    COMMUNITY_SKUS,
    DEMAND_DAY,
    DEMAND_FORECAST,
    DEMAND_DRIFT,
    CHURN_SCORES,
    RESTOCK_LINES,
    WAKE_UP_LINES,
)

OPEN_DAY_CHECKED: tuple[Table, ...] = (ORDER_NOWCAST,)

# If one of these is empty, an empty restock list would replace a good one.
NEVER_EMPTY = {DEMAND_DAY.name, DEMAND_FORECAST.name, RESTOCK_LINES.name}


def build_defs(settings: Settings | None = None, **resources: object) -> dg.Definitions:
    """Build everything Dagster loads; `resources` override those built from the settings."""
    chosen = settings or Settings.from_environment()
    return dg.Definitions(
        assets=[*FLOW, *ON_DEMAND, *OPEN_DAY],
        asset_checks=[
            *checks_of((*CHECKED, *OPEN_DAY_CHECKED), lambda table: table.name in NEVER_EMPTY),
            demand_drift_check,
        ],
        jobs=[the_day, backtest_demand, nowcast, upkeep],
        schedules=[after_cutoff(chosen), upkeep_daily],
        sensors=[inbox_sensor(chosen)],
        resources={"linli": home_resource(chosen), **resources},
        executor=dg.in_process_executor,
    )


def home_resource(settings: Settings) -> HomeResource:
    """Build the Dagster resource of `settings`; keys as variable names, never shown."""
    return HomeResource(
        home=str(settings.home),
        exports=str(settings.exports),
        threads=settings.threads,
        memory_limit=settings.memory_limit,
        given_pseudonym_key=dg.EnvVar(PSEUDONYM_KEY) if settings.has_pseudonym_key else "",
        given_vault_key=dg.EnvVar(VAULT_KEY) if settings.has_vault_key else "",
        rebuild=settings.rebuild,
        peers_python=settings.peers_python,
        chosen_platform=settings.platform,
    )


set_private_umask()  # files of a Dagster process are readable by its owner only
defs = build_defs()
