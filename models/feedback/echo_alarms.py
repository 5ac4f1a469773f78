"""Complaint bursts (echo alarms): products that many distinct users complain about within days.

Contains the rule (data_contracts/domain.md#echo-alarm) and the comparison with the typical number
of users. A person reviews the alarms; no product is delisted
(data_contracts/domain.md#a-person-decides). Users are counted, not messages: one user who writes
ten times counts once.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from data_contracts.codes.feedback import Aspect, Topic
from models.params.feedback import EchoParams

COLUMNS: Final = (
    "sku_id", "sku_name", "topic", "users", "messages", "users_from", "window_days", "first_day",
    "last_day", "usual_users", "is_burst", "reason_zh",
)  # fmt: skip


def find_complaint_bursts(
    complaints: pd.DataFrame,
    names: pd.Series,
    as_of: date,
    known_since: date | None,
    params: EchoParams | None = None,
) -> pd.DataFrame:
    """Find products and topics that reached the alarm in the window that ends with `as_of`.

    `complaints`: user_id, sku_id, day, and the seven `<aspect>_polarity`, one row per complaint
    about a known SKU. `names`: product name by sku_id. `known_since`: first day messages are known
    from; earlier days do not count as days without complaints.
    """
    from scipy.stats import poisson

    params = params or EchoParams()
    by_topic = _by_topic(complaints)
    first = as_of - timedelta(days=params.window_days - 1)
    days = pd.to_datetime(by_topic["day"])
    inside = by_topic[(days >= pd.Timestamp(first)) & (days <= pd.Timestamp(as_of))]
    counts = inside.groupby(["sku_id", "topic"], as_index=False).agg(
        users=("user_id", "nunique"), messages=("user_id", "size")
    )
    rows: list[dict[str, Any]] = []
    for counted in counts[counts["users"] >= params.users_from].to_dict("records"):
        sku, topic, users = str(counted["sku_id"]), str(counted["topic"]), int(counted["users"])
        same = by_topic[(by_topic["sku_id"] == sku) & (by_topic["topic"] == topic)]
        typical, windows = _typical_users(same, first, known_since, params)
        is_burst = None
        if typical is not None:
            rate = typical + 0.5 / windows  # half a user more, so that the rate is never 0
            is_burst = bool(poisson.sf(users - 1, rate) < params.burst_probability)
        name = names.get(sku)
        rows.append(
            {
                "sku_id": sku,
                "sku_name": name if isinstance(name, str) else None,
                "topic": topic,
                "users": users,
                "messages": int(counted["messages"]),
                "users_from": params.users_from,
                "window_days": params.window_days,
                "first_day": first,
                "last_day": as_of,
                "usual_users": typical,
                "is_burst": is_burst,
                "reason_zh": _reason(topic, users, typical, first, as_of, params),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _by_topic(complaints: pd.DataFrame) -> pd.DataFrame:
    """List each complaint under the product as a whole and under every negative aspect."""
    base = complaints[["user_id", "sku_id", "day"]]
    parts = [base.assign(topic=Topic.ANY.value)]
    for aspect in Aspect:
        bad = (complaints[f"{aspect.value}_polarity"].astype("float64") < 0).to_numpy(dtype=bool)
        parts.append(base[bad].assign(topic=aspect.value))
    return pd.concat(parts, ignore_index=True)


def _typical_users(
    same: pd.DataFrame, first: date, known_since: date | None, params: EchoParams
) -> tuple[float | None, int]:
    """Return mean distinct users per earlier window of the same length, and the number of windows;
    (None, 0) without a whole earlier window."""
    since = first - timedelta(days=params.usual_days)
    if known_since is None:
        return None, 0
    since = max(since, known_since)
    windows = (first - since).days // params.window_days
    if windows < 1:
        return None, 0
    back = (pd.Timestamp(first) - pd.to_datetime(same["day"])).dt.days - 1
    before = same[(back >= 0) & (back < windows * params.window_days)]
    number = back.loc[before.index] // params.window_days
    return float(before.groupby(number)["user_id"].nunique().sum()) / windows, windows


def _reason(
    topic: str, users: int, typical: float | None, first: date, last: date, params: EchoParams
) -> str:
    about = "同一商品" if topic == Topic.ANY.value else f"同一商品的{Topic.zh_of(topic)}"
    before = "此前天数不足，无法比较" if typical is None else f"此前同样天数内平均{typical:.1f}人"
    return (
        f"{first}至{last}，{users}位不同用户投诉{about}，"
        f"达到{params.users_from}人；{before}；请人工复核"
    )
