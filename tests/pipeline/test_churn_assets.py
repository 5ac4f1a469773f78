"""The churn model, its scores and the wake-up list, run as Dagster runs them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from assets.decide.wake_up.wake_up_lines import wake_up_lines
from assets.predict.churn.churn_model import churn_model
from assets.predict.churn.churn_scores import churn_scores
from assets.predict.churn.churn_scores_steps import RULE
from assets.resources.home import LinliHome
from tests.pipeline import churn_lake as lake

END = datetime.combine(lake.AS_OF, datetime.min.time()) + timedelta(days=1)
SCORES = "select * from churn_scores where as_of = $day order by user_id"
FIGURES = "select * from churn_backtest where as_of = $day order by model, metric"


@pytest.fixture(scope="module")
def world() -> dict[str, list[dict[str, Any]]]:
    lines = lake.orders(users=600)
    return {"orders": lines} | lake.surroundings(lines)


@pytest.fixture(scope="module")
def scored(world, tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    home = lake.home_at(tmp_path_factory.mktemp("scored"))
    lake.fill(home, world)
    assert lake.run(home, churn_model, churn_scores).success
    return home


def changed_after(world: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same past in another row order, and a future that has nothing to do with the real one."""
    moment = {"orders": "ordered_at", "browse": "occurred_at", "chat": "sent_at"}
    moment |= {"logistics": "dispatched_at", "contacts": "sent_at"}
    other = {
        name: [dict(row) for row in rows if row[moment[name]] < END][::-1]
        for name, rows in world.items()
    }
    for line in other["orders"]:
        for when, amount in (("cancelled_at", "cancelled_units"), ("refunded_at", "refund_yuan")):
            if line.get(when, END) >= END:
                line[when] = line[amount] = None
    for row in other["logistics"]:
        if row["updated_at"] >= END:
            row["issue"], row["updated_at"] = "lost", END + timedelta(days=50)
    users = sorted({line["user_id"] for line in other["orders"]})
    for place, user in enumerate(users):
        at = END + timedelta(hours=1 + place % 300)
        other["orders"].append(
            lake.order_line(f"new{place}", user, at, paid_amount_yuan=Decimal(999))
        )
        other["contacts"].append({"contact_id": f"new{place}", "user_id": user, "sent_at": at})
    return other


def test_scores_and_figures_do_not_change_with_the_future(world, scored, tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    lake.fill(home, changed_after(world))
    lake.run(home, churn_model, churn_scores)
    for sql in (SCORES, FIGURES):
        pd.testing.assert_frame_equal(
            lake.read(scored, sql, day=lake.AS_OF),
            lake.read(home, sql, day=lake.AS_OF),
            check_exact=True,
        )


def test_one_score_per_user_with_a_kept_order(world, scored) -> None:
    scores = lake.read(scored, SCORES, day=lake.AS_OF)
    kept = {
        line["user_id"]
        for line in world["orders"]
        if line["ordered_at"] < END and not line.get("cancelled_at", END) < END
    }
    assert set(scores["user_id"]) == kept
    assert not scores["user_id"].duplicated().any()
    assert scores["churn_30d"].between(0, 1).all()
    assert scores["fallback"].isna().all()
    assert (scores["rhythm_days"].isna() == scores["overdue_ratio"].isna()).all()


def test_scores_hold_up_on_the_days_after(world, scored) -> None:
    """Synthetic leavers: the model must tell them from slow buyers, and at an honest level."""
    scores = lake.read(scored, SCORES, day=lake.AS_OF)
    window = (END, END + timedelta(days=30))
    bought = {
        line["user_id"]
        for line in world["orders"]
        if window[0] <= line["ordered_at"] < window[1] and not line.get("cancelled_units")
    }
    churned = ~scores["user_id"].isin(bought)
    upper = scores["churn_30d"] >= scores["churn_30d"].median()
    assert churned[upper].mean() > churned[~upper].mean() + 0.3
    assert scores["churn_30d"].mean() == pytest.approx(churned.mean(), abs=0.1)


def test_backtest_stands_beside_recency_on_an_earlier_snapshot(scored) -> None:
    figures = lake.read(scored, FIGURES, day=lake.AS_OF)
    assert set(figures["model"]) == {"lightgbm", "recency"}
    assert (figures["snapshot"].dt.date == lake.AS_OF - timedelta(days=30)).all()
    assert figures["users"].nunique() == 1
    auc = figures[figures["metric"] == "auc"].set_index("model")["value"]
    assert auc["lightgbm"] > 0.6
    assert (figures["low"] < figures["high"]).all()


def test_model_saw_no_label_window_that_ends_after_as_of(scored) -> None:
    manifest = json.loads(
        (scored.models_dir / "churn" / lake.AS_OF.isoformat() / "manifest.json").read_text("utf-8")
    )
    snapshots = [date.fromisoformat(day) for day in manifest["details"]["snapshots"]]
    assert max(snapshots) == lake.AS_OF - timedelta(days=30)
    assert manifest["details"]["calibration"]["kind"] == "platt"


def test_recent_model_is_taken_again_an_old_or_later_one_is_not(world, tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": world["orders"]})
    folder = home.models_dir / "churn"

    def fitted_on(day: date) -> str:
        lake.run(home, churn_model, churn_scores, day=day)
        return str(lake.read(home, SCORES, day=day)["model_version"].iloc[0])[6:16]

    day = lake.AS_OF
    assert fitted_on(day) == day.isoformat()
    assert fitted_on(day + timedelta(days=6)) == day.isoformat()
    assert fitted_on(day + timedelta(days=7)) == (day + timedelta(days=7)).isoformat()
    assert fitted_on(day - timedelta(days=1)) == (day - timedelta(days=1)).isoformat()
    assert len(list(folder.iterdir())) == 3


def test_damaged_model_is_fitted_anew(world, tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": world["orders"]})
    lake.run(home, churn_model)
    text = home.models_dir / "churn" / lake.AS_OF.isoformat() / "churn.txt"
    whole = text.read_text("utf-8")
    text.write_text(whole[: len(whole) // 2], "utf-8")
    lake.run(home, churn_model, churn_scores)
    assert text.read_text("utf-8") == whole
    assert lake.read(home, SCORES, day=lake.AS_OF)["fallback"].isna().all()


def test_little_history_is_scored_by_the_rule_and_says_so(tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    first = lake.AS_OF - timedelta(days=40)
    lines = [
        lake.order_line(f"o{user}-{day}", f"u{user}", datetime.combine(day, datetime.min.time()))
        for user in range(30)
        for day in (first + timedelta(days=step) for step in range(0, 30 + user % 8, 2 + user % 5))
    ]
    lake.fill(home, {"orders": lines})
    lake.run(home, churn_model, churn_scores)
    scores = lake.read(home, SCORES, day=lake.AS_OF)
    assert len(scores) == 30
    assert set(scores["model_version"]) == {RULE}
    assert scores["fallback"].notna().all()
    codes = lake.read(home, "select step, code from fallbacks")
    assert {("churn_model", "churn_no_model"), ("churn_scores", "churn_by_rule")} == set(
        codes.itertuples(index=False, name=None)
    )
    assert not (home.models_dir / "churn").exists()


def test_a_model_without_a_backtest_says_so(tmp_path: Path) -> None:
    """Enough history for a label, too little for a second one before it."""
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": lake.orders(users=900, first=lake.AS_OF - timedelta(days=75))})
    lake.run(home, churn_model, churn_scores)
    assert lake.read(home, FIGURES, day=lake.AS_OF).empty
    assert lake.read(home, SCORES, day=lake.AS_OF)["fallback"].isna().all()
    codes = set(lake.read(home, "select code from fallbacks where step = 'churn_model'")["code"])
    assert codes == {"churn_no_backtest"}


def test_orders_without_users_give_an_empty_table(tmp_path: Path) -> None:
    home = lake.home_at(tmp_path)
    lake.fill(home, {"orders": [lake.order_line("o1", None, datetime(2026, 8, 1, 9))]})
    lake.run(home, churn_model, churn_scores, wake_up_lines)
    assert lake.read(home, "select * from churn_scores").empty
    assert lake.read(home, "select * from wake_up_lines").empty


def reference_files(world: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Users, communities and products: every fifth user refused, every seventh has an allergy."""
    users = sorted({line["user_id"] for line in world["orders"]})
    return {
        "users": [
            {
                "user_id": user,
                "name": "王*",
                "phone": "138****0001",
                "community_id": f"C{int(user[1:]) % 4}",
                "marketing_opt_out": int(user[1:]) % 5 == 0,
                "allergens": "花生" if int(user[1:]) % 7 == 0 else None,
            }
            for user in users
        ],
        "communities": [
            {"community_id": f"C{place}", "warehouse_id": "W1", "leader_id": f"L{place}"}
            for place in range(4)
        ],
        "products": [
            {
                "sku_id": f"S{place}",
                "sku_name": f"name of S{place}",
                "category": f"category {place % 3}",
                "allergens": "花生|牛奶" if place % 2 else None,
                "delisted_on": lake.AS_OF if place == 0 else None,
            }
            for place in range(12)
        ],
        "stock": [
            {
                "warehouse_id": "W1",
                "sku_id": f"S{place}",
                "batch_id": "B",
                "counted_at": END - timedelta(hours=9),
                "on_hand_units": 0.0 if place == 2 else 50.0,
            }
            for place in range(12)
        ],
    }


@pytest.fixture(scope="module")
def woken(world, tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    home = lake.home_at(tmp_path_factory.mktemp("woken"))
    lake.fill(home, world | reference_files(world))
    lake.run(home, churn_model, churn_scores, wake_up_lines)
    return home


def test_list_respects_refusals_contacts_allergens_and_stock(world, woken) -> None:
    lines = lake.read(woken, "select * from wake_up_lines").set_index("user_id")
    number = lines.index.str[1:].astype(int)
    assert len(lines) > 60
    assert not (number % 5 == 0).any()
    since = END - timedelta(days=7)
    touched = {row["user_id"] for row in world["contacts"] if since < row["sent_at"] < END}
    assert touched
    assert touched.isdisjoint(lines.index)
    offered = lines["sku_id"].dropna()
    assert len(offered) > 40
    assert not set(offered) & {"S0", "S2"}
    allergic = lines.loc[number % 7 == 0, "sku_id"].dropna().str[1:].astype(int)
    assert len(allergic)
    assert (allergic % 2 == 0).all()


def test_a_refusal_counts_on_a_held_out_row_but_not_before_it_is_made(world, woken) -> None:
    listed = lake.read(woken, "select user_id from wake_up_lines order by user_id")["user_id"]
    early, late = listed.iloc[0], listed.iloc[1]
    refusals = [
        {"contact_id": "early", "user_id": early, "sent_at": END - timedelta(days=90)},
        {"contact_id": "late", "user_id": late, "sent_at": END},
    ]
    refused = [row | {"opted_out": True, "arm": "holdout"} for row in refusals]
    lake.fill(woken, {"contacts": world["contacts"] + refused})
    lake.run(woken, wake_up_lines)
    after = set(lake.read(woken, "select user_id from wake_up_lines")["user_id"])
    lake.fill(woken, {"contacts": world["contacts"]})
    lake.run(woken, wake_up_lines)
    assert set(listed) - after == {early}


def test_list_carries_leader_masked_phone_and_both_arms(woken) -> None:
    lines = lake.read(woken, "select * from wake_up_lines")
    assert (lines["leader_id"].str[1:] == lines["community_id"].str[1:]).all()
    assert set(lines["masked_phone"]) == {"138****0001"}
    assert set(lines["arm"]) == {"treatment", "holdout"}
    assert lines["reason_zh"].str.contains("30天流失概率").all()
    assert not lines["flag_zh"].fillna("").str.contains("拒绝营销").any()
    codes = set(lake.read(woken, "select code from fallbacks where step = 'wake_up_lines'")["code"])
    assert codes == {"profile_unknown"}


def test_without_a_user_file_every_line_and_the_run_say_so(scored) -> None:
    lake.run(scored, wake_up_lines)
    lines = lake.read(scored, "select * from wake_up_lines")
    assert len(lines) > 60
    assert lines["flag_zh"].str.contains("未核对拒绝营销名单").all()
    codes = set(
        lake.read(scored, "select code from fallbacks where step = 'wake_up_lines'")["code"]
    )
    assert {"consent_unknown", "products_unknown"} <= codes


def test_rerun_of_a_day_replaces_it(scored) -> None:
    before = lake.read(scored, SCORES, day=lake.AS_OF)
    lake.run(scored, churn_model, churn_scores)
    pd.testing.assert_frame_equal(before, lake.read(scored, SCORES, day=lake.AS_OF))
