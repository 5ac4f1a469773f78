"""Echo alarms: products that many distinct users complain about within a few days.

Belongs here: the rule (data_contracts/domain.md#echo-alarm) and whether that is more than usual.
Does not: what follows: a person reviews, nothing is delisted
(data_contracts/domain.md#a-person-decides).
People are counted, not messages: one angry user who writes ten times is one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from data_contracts.tables.feedback_codes import Aspect, Topic
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
    """One row per product and topic that reached the alarm in the window that ends with `as_of`.

    `complaints`: user_id, sku_id, day, and the seven `<aspect>_polarity`, one row per complaint
    about a known SKU. `names`: product name by sku_id. `known_since`: first day messages are known
    from; days before it are not taken for days of silence.
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
    for found in counts[counts["users"] >= params.users_from].to_dict("records"):
        sku, topic, users = str(found["sku_id"]), str(found["topic"]), int(found["users"])
        same = by_topic[(by_topic["sku_id"] == sku) & (by_topic["topic"] == topic)]
        usual, windows = _usual(same, first, known_since, params)
        is_burst = None
        if usual is not None:
            rate = usual + 0.5 / windows  # half a user more: nothing seen is not never
            is_burst = bool(poisson.sf(users - 1, rate) < params.burst_probability)
        name = names.get(sku)
        rows.append(
            {
                "sku_id": sku,
                "sku_name": name if isinstance(name, str) else None,
                "topic": topic,
                "users": users,
                "messages": int(found["messages"]),
                "users_from": params.users_from,
                "window_days": params.window_days,
                "first_day": first,
                "last_day": as_of,
                "usual_users": usual,
                "is_burst": is_burst,
                "reason_zh": _reason(topic, users, usual, first, as_of, params),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _by_topic(complaints: pd.DataFrame) -> pd.DataFrame:
    """Each complaint under the product as such, and under every aspect it finds bad."""
    base = complaints[["user_id", "sku_id", "day"]]
    parts = [base.assign(topic=Topic.ANY.value)]
    for aspect in Aspect:
        bad = (complaints[f"{aspect.value}_polarity"].astype("float64") < 0).to_numpy(dtype=bool)
        parts.append(base[bad].assign(topic=aspect.value))
    return pd.concat(parts, ignore_index=True)


def _usual(
    same: pd.DataFrame, first: date, known_since: date | None, params: EchoParams
) -> tuple[float | None, int]:
    """Mean distinct users per earlier window of the same length, and how many windows there were;
    none where not even one whole window is known."""
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
    topic: str, users: int, usual: float | None, first: date, last: date, params: EchoParams
) -> str:
    about = "同一商品" if topic == Topic.ANY.value else f"同一商品的{Topic.zh_of(topic)}"
    before = "此前天数不足，无法比较" if usual is None else f"此前同样长度平均{usual:.1f}人"
    return (
        f"{first}至{last}，{users}位不同用户投诉{about}，"
        f"达到{params.users_from}人；{before}；请人工复核"
    )
