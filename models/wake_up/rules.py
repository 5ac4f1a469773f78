"""Select users to contact tomorrow: the reason, product, offer, hour and channel of each.

Contains the rules, on frames. Not here: their numbers (`models.params.wake_up`), the source of the
frames, publishing. Allergens and ages of children only exclude products; they never select a user,
a product or a word of the reason.

A candidate row has: user_id, churn_30d, recency_days, rhythm_days, overdue_ratio, orders,
spend_90d_yuan, failed_run, layer, masked_name, masked_phone, community_id, leader_id, warehouse_id,
preferred_channel, opened_channel, active_hour, favourite_sku_id, favourite_category, allergens,
youngest_child_years, age_band, marketing_opt_out, opted_out, phone_refused, days_since_contact,
unanswered_contacts, in_user_file, in_profile, is_calibrated. Unknown values are None or nan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.codes.contacts import ContactArm, ContactChannel
from data_contracts.codes.labels import Layer
from data_contracts.codes.users import AgeBand
from data_contracts.codes.wake_up import LeftOut, WakeUpAction
from models.params.wake_up import ACTION_ORDER, WakeUpParams
from models.wake_up.offered_product import Assortment, Choice
from models.wake_up.wording import flag_zh, reason_zh

COPIED_COLUMNS = ["user_id", "masked_name", "masked_phone", "community_id", "leader_id"]
COPIED_COLUMNS += ["churn_30d", "recency_days", "rhythm_days", "layer"]


@dataclass(frozen=True)
class WakeUpList:
    """`lines`: columns of WAKE_UP_LINES without `as_of`, both arms; `left_out`: users by reason."""

    lines: pd.DataFrame
    left_out: Mapping[str, int]


def select_users(
    candidates: pd.DataFrame, assortment: Assortment, as_of: date, params: WakeUpParams
) -> WakeUpList:
    """Apply every rule to `candidates` (one row per user); ties are broken by user_id."""
    excluded = exclusion_reason(candidates, params)
    action = actions(candidates, params)
    due = candidates.assign(action=action)[action.notna()]
    left_out = excluded[due.index].value_counts().sort_index()
    listed = _ranked(due[excluded[due.index].isna()])
    counts = {str(reason): int(users) for reason, users in left_out.items()}
    counts[LeftOut.BEYOND_MAX_LINES.value] = max(0, len(listed) - params.max_lines)
    kept: list[Any] = listed.head(params.max_lines).to_dict("records")
    lines = [_line(user, assortment, as_of, params) for user in kept]
    frame = pd.DataFrame(lines, columns=_COLUMNS)
    frame["priority"] = frame.groupby("arm").cumcount() + 1
    return WakeUpList(frame, counts)


def exclusion_reason(users: pd.DataFrame, params: WakeUpParams) -> pd.Series:
    """Return why each user must not be contacted, as a value of LeftOut; None if allowed."""
    since = users["days_since_contact"].astype("float64")
    rules = {
        LeftOut.OPTED_OUT: _is_true(users["marketing_opt_out"]) | _is_true(users["opted_out"]),
        LeftOut.PHONE_REFUSED: _is_true(users["phone_refused"]),
        LeftOut.UNDER_18: users["age_band"] == AgeBand.UNDER_18.value,
        LeftOut.CONTACTED_RECENTLY: since < params.contact_pause_days,
        LeftOut.UNANSWERED_CONTACTS: users["unanswered_contacts"].astype("float64")
        >= params.max_unanswered_contacts,
        LeftOut.LOST_FOR_LONG: users["recency_days"].astype("float64") > params.lost_days,
    }
    return _first_true({why.value: holds for why, holds in rules.items()}, users.index)


def actions(users: pd.DataFrame, params: WakeUpParams) -> pd.Series:
    """Return the action each user needs, a value of WakeUpAction or None.

    If several apply, the first of ACTION_ORDER wins. A user with one order day has no rhythm
    (median days between orders): after `wake_up_days` recency alone decides; up to `new_user_days`
    the user is new, not lost. No user is retained before their own rhythm has passed: a monthly
    customer is not quiet on the day after an order.
    """
    recency = users["recency_days"].astype("float64")
    rhythm = users["rhythm_days"].astype("float64")
    churn = users["churn_30d"].astype("float64")
    is_new = rhythm.isna() & (recency <= params.new_user_days)
    silent = recency >= params.wake_up_days
    late = rhythm.isna() | (recency >= params.overdue_factor * rhythm)
    is_active = ~silent & ~is_new
    frequent = (rhythm <= params.frequent_rhythm_days) & (
        users["orders"].astype("float64") >= params.frequent_orders
    )
    needs = {
        WakeUpAction.APOLOGY: users["failed_run"].astype("float64") >= params.failed_run,
        WakeUpAction.WAKE_UP: silent & late & ~is_new,
        WakeUpAction.RETAIN: is_active
        & (recency >= rhythm)
        & (churn >= retain_threshold(churn[is_active], params)),
        WakeUpAction.CARE: frequent & (recency >= rhythm + params.care_days),
    }
    return _first_true({action.value: needs[action] for action in ACTION_ORDER}, users.index)


def retain_threshold(active_churn: pd.Series, params: WakeUpParams) -> float:
    """Return the churn from which an active user is at risk: in the top share and far above median.

    Far above the median is `retain_times_median` × the median, or half-way from the median to 1 if
    that is lower: where the median is 0.5, no user can have twice the risk.

    >>> from models.params.wake_up import WakeUpParams
    >>> round(retain_threshold(pd.Series([0.2] * 95 + [0.8] * 5), WakeUpParams()), 3)
    0.4
    >>> retain_threshold(pd.Series([0.02] * 95 + [0.2] * 5), WakeUpParams())
    0.3
    >>> retain_threshold(pd.Series([], dtype=float), WakeUpParams())
    inf
    """
    if active_churn.empty:
        return float("inf")
    median = float(active_churn.median())
    far_above = min(median * params.retain_times_median, (median + 1) / 2)
    highest = float(active_churn.quantile(1 - params.retain_top_share))
    return max(highest, far_above, params.retain_floor)


def arm_of(user_id: str, as_of: date, holdout_share: float) -> str:
    """Return the arm of a user for the month of `as_of`: the same in every run of the month.

    The draw is sha256 of month and user, read as a number in 0..1. Held-out users stay held out for
    the month, so that the effect of contacts can be measured.

    >>> arm_of("u1", date(2026, 9, 1), 0.0)
    'treatment'
    >>> arm_of("u1", date(2026, 9, 1), 0.2) == arm_of("u1", date(2026, 9, 30), 0.2)
    True
    """
    digest = hashlib.sha256(f"wake-up:{as_of:%Y-%m}:{user_id}".encode()).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    return (ContactArm.HOLDOUT if drawn < holdout_share else ContactArm.TREATMENT).value


def channel_of(user: Mapping[str, Any]) -> str:
    """Return the user's preferred channel, else the one opened most, else the leader, else the app.

    >>> channel_of({"preferred_channel": None, "opened_channel": "wechat", "leader_id": "L1"})
    'wechat'
    >>> channel_of({"preferred_channel": "leader", "opened_channel": None, "leader_id": None})
    'app_push'
    """
    leader = ContactChannel.LEADER.value
    has_leader = _is_known(user["leader_id"])
    for wished in (user["preferred_channel"], user["opened_channel"]):
        if wished in ContactChannel.values() and (wished != leader or has_leader):
            return str(wished)
    return leader if has_leader else ContactChannel.APP_PUSH.value


def contact_hour(active_hour: Any, params: WakeUpParams) -> int:
    """Return the user's active hour, limited to the hours in which contacts are allowed.

    >>> from models.params.wake_up import WakeUpParams
    >>> [contact_hour(hour, WakeUpParams()) for hour in (7, 15, 23, None)]
    [9, 15, 20, 10]
    """
    if not _is_known(active_hour):
        return params.default_hour
    return int(min(max(active_hour, params.earliest_hour), params.latest_hour))


_COLUMNS = [*COPIED_COLUMNS, "action", "priority", "sku_id", "sku_name", "offer_yuan", "channel"]
_COLUMNS += ["contact_hour", "arm", "reason_zh", "flag_zh"]


def _ranked(due: pd.DataFrame) -> pd.DataFrame:
    """Sort by action, then by expected loss (churn × spend of 90 days), then by user_id."""
    rank = {action.value: position for position, action in enumerate(ACTION_ORDER)}
    stake = due["churn_30d"].astype("float64") * due["spend_90d_yuan"].astype("float64")
    keyed = due.assign(_rank=due["action"].map(rank), _stake=stake.fillna(0.0))
    return keyed.sort_values(
        ["_rank", "_stake", "user_id"], ascending=[True, False, True], kind="stable"
    )


def _line(
    user: dict[str, Any], assortment: Assortment, as_of: date, params: WakeUpParams
) -> dict[str, Any]:
    choice: Choice = assortment.choose(user)
    line = {name: user[name] if _is_known(user[name]) else None for name in COPIED_COLUMNS}
    return line | {
        "layer": line["layer"] if line["layer"] in Layer.values() else None,
        "action": user["action"],
        "sku_id": choice.sku_id,
        "sku_name": choice.sku_name,
        "offer_yuan": params.offers.of(user["action"]),
        "channel": channel_of(user),
        "contact_hour": contact_hour(user["active_hour"], params),
        "arm": arm_of(user["user_id"], as_of, params.holdout_share),
        "reason_zh": reason_zh(user, choice, params),
        "flag_zh": flag_zh(user, choice),
    }


def _first_true(rules: Mapping[str, pd.Series], index: pd.Index) -> pd.Series:
    """Return the name of the first rule that holds per row; None if no rule holds."""
    names = np.full(len(index), None, dtype=object)
    for name, holds in reversed(list(rules.items())):
        names[holds.fillna(False).to_numpy(dtype=bool)] = name
    return pd.Series(names, index=index, dtype=object)


def _is_true(flags: pd.Series) -> pd.Series:
    return flags.map(lambda flag: _is_known(flag) and bool(flag)).astype(bool)


def _is_known(value: Any) -> bool:
    return value is not None and value is not pd.NA and value == value
