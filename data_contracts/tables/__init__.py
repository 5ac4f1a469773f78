"""The tables Linli computes, in the order of the flow."""

from data_contracts.table import Table
from data_contracts.tables.affinity import ASSOCIATIONS, COMMUNITY_DEMAND, COMMUNITY_SKUS
from data_contracts.tables.backtest import DEMAND_ROLLING, ROLLING_QUANTILES
from data_contracts.tables.bookkeeping import (
    CONSENT_WORDS,
    CONTACT_ANSWERS,
    FALLBACKS,
    INGEST_LEDGER,
    QUARANTINE,
    REPAIRS,
    RUN_STEPS,
)
from data_contracts.tables.churn import (
    CHURN_BACKTEST,
    CHURN_SCORES,
    WAKE_UP_LEFT_OUT,
    WAKE_UP_LINES,
)
from data_contracts.tables.demand import (
    DEMAND_BACKTEST,
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
from data_contracts.tables.nowcast import NOWCAST_BACKTEST, ORDER_NOWCAST, WAREHOUSE_NOWCAST
from data_contracts.tables.profiles import (
    PROFILE_BASIC,
    PROFILE_CATEGORIES,
    PROFILE_CONSUMPTION,
    PROFILE_EMOTION,
    PROFILE_SCENE,
)

TABLES: tuple[Table, ...] = (
    INGEST_LEDGER,
    QUARANTINE,
    REPAIRS,
    CONSENT_WORDS,
    CONTACT_ANSWERS,
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
    DEMAND_BACKTEST,
    DEMAND_FORECAST,
    DEMAND_DRIFT,
    DEMAND_ROLLING,
    ROLLING_QUANTILES,
    NOWCAST_BACKTEST,
    ORDER_NOWCAST,
    WAREHOUSE_NOWCAST,
    CHURN_BACKTEST,
    CHURN_SCORES,
    RESTOCK_LINES,
    WAKE_UP_LINES,
    WAKE_UP_LEFT_OUT,
    RUN_STEPS,
    FALLBACKS,
)

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
