"""Compute the asset `profile_scene`, which `profile_scene.py` declares and describes."""

import pandas as pd

from assets.core.community_day_kinds import community_day_kinds
from assets.core.order_lines import order_lines_as_of
from assets.core.windows import windows
from assets.framework.day_asset import DayRun, Written, sql_beside
from assets.profiles.change_detection.changed_users import ChangedUsers, digests_of
from assets.resources.lakehouse.lakehouse import Session
from data_contracts.tables.profiles import PROFILE_SCENE
from models.params.profiles import ProfileParams

STEPS = (
    "scene_lines",
    "scene_orders",
    "scene_browse",
    "scene_prior_views",
    "scene_latent",
    "scene_pick_ups",
    "scene_messages",
)
# of all lines and products; categories without a purchase do no harm
_CATEGORIES = "select category from products union select category from orders"
_KNOWN = (
    "sum(orders_placed), sum(browse_events), sum(orders_with_weather), sum(orders_with_calendar)"
)


def make_profile_scene(run: DayRun) -> Written:
    """Compute the asset `profile_scene` for the business date of `run`."""
    chosen = ProfileParams()
    params = {
        "as_of": run.as_of,
        "as_of_end": run.as_of_end,
        "latent_dwell_seconds": chosen.latent_dwell_seconds,
        "latent_detail_views": chosen.latent_detail_views,
        "planned_from_seconds": chosen.planned_from_seconds,
        "urgent_below_seconds": chosen.urgent_below_seconds,
        "lunch_most_lines": chosen.lunch_most_lines,
        **windows(run.as_of),
    }
    with run.session() as session:
        changed = ChangedUsers(session, run, PROFILE_SCENE, digests_of("scene_digest"))
        order_lines_as_of(session, run)
        community_day_kinds(session, run)
        register_words(session, chosen)
        for _ in changed.parts():
            changed.lines()
            for step in STEPS:
                session.table(step, sql_beside(__file__, f"{step}.sql"), **params)
            changed.add(sql_beside(__file__, "scene.sql"), **params)
        changed.carry_over()
        session.table("scene_exposure", sql_beside(__file__, "scene_exposure.sql"), **params)
        rows = session.replace(
            PROFILE_SCENE,
            run.as_of,
            sql_beside(__file__, "scene_responses.sql"),
            response_prior_orders=chosen.response_prior_orders,
        )
        _note_what_is_missing(run, session)
    return Written(rows, changed.metadata())


def register_words(session: Session, chosen: ProfileParams) -> None:
    """Register `scene_words` (kind, search word) and `scene_food` (category, kind of food)."""
    words = [(kind, word) for kind, searched in chosen.intent_words.items() for word in searched]
    session.register("scene_words", pd.DataFrame(words, columns=["kind", "word"]))
    categories = [row[0] for row in session.rows(_CATEGORIES)]
    food = [
        (one, kind) for one in categories if one and (kind := chosen.food_kind(one)) is not None
    ]
    session.register("scene_food", pd.DataFrame(food, columns=["category", "kind"], dtype="str"))


def _note_what_is_missing(run: DayRun, session: Session) -> None:
    orders, browsed, with_rain, with_calendar = session.rows(f"select {_KNOWN} from day_rows")[0]
    if not orders:
        return
    if not browsed:
        run.fallback(
            "no_browse",
            "no browsing in the last 90 days; searches, views and latent interest are empty",
            "近90天没有浏览数据，搜索、浏览与潜在兴趣为空",
        )
    if not with_rain:
        run.fallback(
            "no_weather",
            "no rain known for any order; rain_share is empty",
            "没有降水数据，雨天占比为空",
        )
    if not with_calendar:
        run.fallback(
            "no_holidays",
            "the calendar does not cover the orders; holiday_share is empty",
            "节假日日历未覆盖订单日期，节假日占比为空",
        )
