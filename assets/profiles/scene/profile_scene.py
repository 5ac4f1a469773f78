"""Asset `profile_scene`: hours, weather, calendar, searches and latent interest per user.

Computed in `profile_scene_steps.py`.
"""

from assets.core.order_lines import ORDER_LINE_SOURCES
from assets.framework.day_asset import DayRun, Written, day_asset
from data_contracts.tables.profiles import PROFILE_SCENE

DEPS = [
    "profile_inputs",
    "profile_basic",
    "browse",
    "logistics",
    "chat",
    "message_signals",
    "weather",
    "holidays",
    *ORDER_LINE_SOURCES,
]


@day_asset(PROFILE_SCENE, deps=DEPS, kinds={"duckdb", "sql"})
def profile_scene(run: DayRun) -> Written:
    """Summarise orders and browsing of 90 days: hours, weekdays, rain, holidays, searches.

    Hours, weekdays, rain and holidays are those of the calendar day on which the order was placed,
    not of its business day. Users without new activity, and without a row that left a window, keep
    the row of the day before.
    """
    from assets.profiles.scene.profile_scene_steps import make_profile_scene

    return make_profile_scene(run)
