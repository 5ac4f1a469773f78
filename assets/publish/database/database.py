"""Publish `linli.duckdb`, the database file for analysts: views over all tables.

Computed in `database_steps.py`.
"""

from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.lists import DATA_DICTIONARY


@day_asset(
    DATA_DICTIONARY,
    name="database",
    deps=[
        "restock_list",
        "wake_up_list",
        "profile_basic",
        "profile_consumption",
        "profile_categories",
        "profile_scene",
        "profile_emotion",
        "account_marks",
        "layer_labels",
        "label_evidence",
        "wishes",
        "echo_alarms",
        "review_drivers",
        "associations",
        "community_demand",
        "community_skus",
    ],
    kinds={"duckdb"},
)
def database(run: DayRun) -> Written:
    """分析数据库: `linli.duckdb` with a view for every export and table, and a few for people.

    `user_profile` joins the four dimensions and the layer, `user_values` has the evidence of every
    value of a user, `label_history` the period of each label, `labels_changed` the changes of the
    newest day, `restock_today` and `wake_up_today` the newest lists, `data_dictionary` the meaning
    of every column. The file has views only; a read-only connection sees one unchanging state and
    never blocks a run.
    """
    from assets.publish.database.database_steps import make_database

    return make_database(run)
