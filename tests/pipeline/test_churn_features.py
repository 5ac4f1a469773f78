"""Counted history against a slow second implementation, and against knowing too much."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assets.framework.day_asset import DayRun
from assets.predict.churn.churn_features import feature_frame
from assets.resources.home import LinliHome
from models.params.churn import CHURN
from tests.pipeline import churn_lake as lake

SNAPSHOTS = [date(2026, 6, 30), date(2026, 7, 31), lake.AS_OF]


def features(home: LinliHome, snapshots: list[date] = SNAPSHOTS, **more: Any) -> pd.DataFrame:
    run = DayRun(step="test", as_of=lake.AS_OF, home=home, log=lambda message: None)
    with home.lakehouse.session() as session:
        return feature_frame(session, run, snapshots, CHURN, **more)


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return lake.orders(users=120)


@pytest.fixture(scope="module")
def counted(lines: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    home = lake.home_at(tmp_path_factory.mktemp("features"))
    lake.fill(home, {"orders": lines} | lake.surroundings(lines))
    return features(home)


def by_hand(lines: list[dict[str, Any]], user: str, day: date) -> dict[str, float] | None:
    """A user's history as a person would count it that evening; None: no kept order."""
    end = datetime.combine(day, datetime.min.time()) + timedelta(days=1)
    own = [line for line in lines if line["user_id"] == user and line["ordered_at"] < end]
    kept = [line for line in own if not line.get("cancelled_at", end) < end]
    if not kept:
        return None
    days = sorted({line["ordered_at"].date() for line in kept})
    ages = [(day - line["ordered_at"].date()).days for line in kept]
    gaps = np.diff([moment.toordinal() for moment in days])
    net = [
        float(line["paid_amount_yuan"])
        - (float(line.get("refund_yuan", 0)) if line.get("refunded_at", end) < end else 0.0)
        for line in kept
    ]
    return {
        "recency_days": min(ages),
        "tenure_days": max(ages),
        "orders": len(kept),
        "orders_30d": sum(age < 30 for age in ages),
        "orders_30d_before": sum(30 <= age < 60 for age in ages),
        "order_days": len(days),
        "gap_median_days": float(np.median(gaps)) if len(gaps) else float("nan"),
        "last_gap_days": float(gaps[-1]) if len(gaps) else float("nan"),
        "spend_90d_yuan": sum(
            max(0.0, paid) for paid, age in zip(net, ages, strict=True) if age < 90
        ),
        "skus_90d": len({line["sku_id"] for line, age in zip(kept, ages, strict=True) if age < 90}),
        "cancelled_lines_365d": len(own) - len(kept),
        "weekend_days": sum(moment.isoweekday() >= 6 for moment in days),
    }


def test_every_user_and_snapshot_equals_the_count_by_hand(lines, counted) -> None:
    rows = counted.set_index(["snapshot", "user_id"])
    compared = 0
    for day in SNAPSHOTS:
        for user in {line["user_id"] for line in lines}:
            expected, key = by_hand(lines, user, day), (pd.Timestamp(day), user)
            assert (expected is None) == (key not in rows.index)
            if expected is None:
                continue
            found = rows.loc[key, list(expected)].astype("float64").to_dict()
            assert found == pytest.approx(expected, nan_ok=True)
            compared += 1
    assert compared > 200


def test_label_is_no_kept_order_in_the_30_days_after(lines, counted) -> None:
    known = counted[counted["churned"].notna()]
    assert set(known["snapshot"].dt.date) == {date(2026, 6, 30), date(2026, 7, 31)}
    end = datetime.combine(lake.AS_OF, datetime.min.time()) + timedelta(days=1)
    for row in known.itertuples():
        window = [row.snapshot.date() + timedelta(days=ahead) for ahead in range(1, 31)]
        bought = any(
            line["user_id"] == row.user_id
            and line["ordered_at"].date() in window
            and not line.get("cancelled_at", end) < end
            for line in lines
        )
        assert row.churned == (not bought)
    assert 0.1 < known["churned"].astype(float).mean() < 0.9


def test_a_snapshot_sees_the_same_alone_or_among_later_ones(lines, counted, tmp_path: Path) -> None:
    """Later snapshots, and everything that happened after the first one, must not matter."""
    early = SNAPSHOTS[0]
    end = datetime.combine(early, datetime.min.time()) + timedelta(days=1)
    past: list[dict[str, Any]] = []
    for line in lines:
        if line["ordered_at"] < end:
            seen = dict(line)
            for moment, amount in (
                ("cancelled_at", "cancelled_units"),
                ("refunded_at", "refund_yuan"),
            ):
                if seen.get(moment, end) >= end:
                    seen[moment] = seen[amount] = None
            past.append(seen)
    around = lake.surroundings(lines)
    times = {"browse": "occurred_at", "chat": "sent_at", "logistics": "dispatched_at"}
    times["contacts"] = "sent_at"
    for name, moment in times.items():
        around[name] = [row for row in around[name] if row[moment] < end]
    for row in around["logistics"]:
        row["arrived_at"] = row["arrived_at"] if row["arrived_at"] < end else None
        row["issue"] = row["issue"] if row["updated_at"] < end else None
        row["updated_at"] = min(row["updated_at"], end - timedelta(hours=1))
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": past[::-1]} | around)
    alone = features(home, [early]).drop(columns="churned")
    among = counted[counted["snapshot"] == pd.Timestamp(early)].drop(columns="churned")
    pd.testing.assert_frame_equal(
        alone.astype(object), among.reset_index(drop=True).astype(object), check_exact=True
    )
    assert {"failed_180d", "carts_14d", "opened_60d"} <= set(alone.columns[alone.notna().any()])


def test_absent_exports_leave_their_features_empty(lines, counted, tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": lines})
    bare = features(home)
    empty = ["actions_30d", "messages_30d", "failed_180d", "contacts_30d", "leader_messages_14d"]
    assert bare[empty].isna().all().all()
    assert counted[empty[:-1]].notna().all().all()
    assert (bare["orders"] == counted["orders"]).all()


def test_a_share_of_the_users_is_stable_and_about_that_share(lines, tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": lines})
    everyone = set(features(home)["user_id"])
    half = set(features(home, users_share=0.5)["user_id"])
    assert half < everyone
    assert len(half) == pytest.approx(len(everyone) / 2, rel=0.3)
    assert half == set(features(home, users_share=0.5)["user_id"])


def test_edges_of_the_label_window(tmp_path: Path) -> None:
    """Day 30 is inside, day 31 is not; an order cancelled by as_of is none, later it is one."""
    snapshot = date(2026, 7, 1)
    before = datetime(2026, 6, 20, 9)
    ahead = {"day_1": 1, "day_30": 30, "day_31": 31, "cancelled": 10, "cancelled_later": 10}
    rows = [lake.order_line(f"{user}-0", user, before) for user in (*ahead, "never")]
    for user, days in ahead.items():
        line = lake.order_line(f"{user}-1", user, datetime(2026, 7, 1, 9) + timedelta(days=days))
        gone = {"cancelled": datetime(2026, 8, 31, 23), "cancelled_later": datetime(2026, 9, 1)}
        if user in gone:
            line |= {"cancelled_units": 2.0, "cancelled_at": gone[user]}
        rows.append(line)
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": rows})
    labels = features(home, [snapshot]).set_index("user_id")["churned"].astype(bool)
    assert set(labels.index[labels]) == {"day_31", "cancelled", "never"}


def test_an_issue_is_seen_only_once_it_was_reported(tmp_path: Path) -> None:
    at = datetime(2026, 7, 1, 9)
    damaged = {
        "shipment_id": "s",
        "order_id": "o",
        "dispatched_at": at,
        "promised_at": at + timedelta(hours=8),
        "arrived_at": at + timedelta(hours=6),
        "updated_at": at + timedelta(days=4),
        "issue": "damaged",
    }
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": [lake.order_line("o", "u", at)], "logistics": [damaged]})
    counted = features(home, [date(2026, 7, 4), date(2026, 7, 5)])
    assert counted["failed_180d"].tolist() == [0, 1]


def test_failed_run_counts_back_to_the_last_good_delivery(tmp_path: Path) -> None:
    start = datetime(2026, 7, 1, 9)
    issues = ["damaged", "none", "late", "short", "lost"]
    rows, shipments = [], []
    for place, issue in enumerate(issues):
        at = start + timedelta(days=5 * place)
        rows.append(lake.order_line(f"o{place}", "u", at))
        shipments.append(
            {
                "shipment_id": f"s{place}",
                "order_id": f"o{place}",
                "dispatched_at": at,
                "promised_at": at + timedelta(hours=8),
                "arrived_at": at + timedelta(hours=20 if issue == "late" else 6),
                "updated_at": at + timedelta(hours=21),
                "issue": issue if issue in ("damaged", "short") else "none",
                "shipment_status": "lost" if issue == "lost" else "arrived",
            }
        )
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": rows, "logistics": shipments})
    row = features(home, [lake.AS_OF]).iloc[0]
    assert (row["deliveries_180d"], row["failed_180d"], row["failed_run"]) == (5, 4, 3)
    before = features(home, [date(2026, 7, 5)]).iloc[0]
    assert (before["failed_180d"], before["failed_run"]) == (1, 1)  # the good one is to come
