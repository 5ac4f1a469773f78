"""A day reads only what is new or changed, and writes what reading everything anew would write.

The story of three days is drawn in `tests.pipeline.feedback_lake`.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

import assets.profiles.feedback.message_signals_steps as module
from assets.profiles.feedback.message_signals import message_signals
from assets.resources.home import LinliHome
from data_contracts.tables.feedback import MESSAGE_SIGNALS
from tests.pipeline.feedback_lake import DAYS, NAMED, drawn, lake_of, metadata, review, reviews
from tests.pipeline.small_lake import at, fallback_codes, fill, linli_home, materialise, read

THURSDAY = date(2026, 10, 8)
TUESDAY = date(2026, 10, 6)


def run(home: LinliHome, day: int, last: date) -> dg.ExecuteInProcessResult:
    """The story's day in a home: its exports, then its run."""
    fill(home, lake_of(day, last))
    return materialise(home, [message_signals], last - timedelta(days=2 - day))


def assert_same(one: LinliHome, other: LinliHome, as_of: date) -> None:
    there = read(one, MESSAGE_SIGNALS, as_of)
    assert len(there)
    pd.testing.assert_frame_equal(there, read(other, MESSAGE_SIGNALS, as_of), check_exact=True)


@pytest.fixture
def was_read(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Ids of the messages the reader got, of one run after the other; a test appends a set before
    each run."""
    runs: list[set[str]] = []
    honest = module.classify_messages

    def counting(messages: pd.DataFrame, *rest: Any) -> Any:
        assert not runs[-1] & set(messages["message_id"]), "no message is read twice"
        runs[-1].update(messages["message_id"])
        return honest(messages, *rest)

    monkeypatch.setattr(module, "classify_messages", counting)
    return runs


@pytest.mark.parametrize("last", [THURSDAY, TUESDAY], ids=["within a week", "over a Monday"])
def test_three_days_say_what_the_last_alone_says(
    tmp_path: Path, last: date, was_read: list[set[str]]
) -> None:
    daily, alone, anew = (linli_home(tmp_path / name) for name in ("daily", "alone", "anew"))
    for day in DAYS:
        was_read.append(set())
        run(daily, day, last)
    was_read.append(set())
    run(alone, 2, last)
    assert_same(daily, alone, last)
    everything = was_read[-1]

    was_read.append(set())
    run(anew, 1, last)
    was_read.append(set())
    result = run(LinliHome(home=anew.home, exports=anew.exports, rebuild=True), 2, last)
    assert was_read[-1] == everything and metadata(result)["messages_carried_over"] == 0
    assert_same(anew, alone, last)


def test_a_day_reads_what_is_new_or_changed_and_nothing_else(
    tmp_path: Path, was_read: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = linli_home(tmp_path)
    told = []
    for day in DAYS:
        was_read.append(set())
        told.append(metadata(run(home, day, THURSDAY)))
    assert was_read[1:] == [{"new1", "reworded", "restarred"}, {"new2", "restarred", "ordered"}]
    for found, said in zip(told, was_read, strict=True):
        assert found["messages_read"] == len(said)
        written = found["dagster/partition_row_count"]
        assert found["messages_carried_over"] == written - len(said)
        assert found["reviews_learnt_from"] == 95

    monkeypatch.setattr(
        module, "fit_classifier", lambda *_: pytest.fail("nobody asked for a model")
    )
    was_read.append(set())
    friday = THURSDAY + timedelta(days=1)
    result = materialise(home, [message_signals], friday)
    assert was_read[-1] == set() and metadata(result)["messages_read"] == 0
    written = read(home, MESSAGE_SIGNALS, friday)
    assert metadata(result)["reviews_learnt_from"] == 95
    assert metadata(result)["messages_with_polarity"] == written["polarity"].count() > 90
    assert metadata(result)["messages_with_aspect"] == written["main_aspect"].count() > 90
    assert metadata(result)["complaints"] == written["is_complaint"].sum() > 45
    assert fallback_codes(home, "message_signals", friday) == []


def test_on_a_monday_everything_is_read_by_the_new_model(
    tmp_path: Path, was_read: list[set[str]]
) -> None:
    home = linli_home(tmp_path)
    for day in DAYS[:2]:
        was_read.append(set())
        run(home, day, TUESDAY)
    monday = TUESDAY - timedelta(days=1)
    assert monday.weekday() == 0
    assert was_read[-1] == set(read(home, MESSAGE_SIGNALS, monday)["message_id"])


@pytest.mark.parametrize("day", DAYS)
def test_the_shelf_of_the_day_names_messages_of_any_day(tmp_path: Path, day: int) -> None:
    home = linli_home(tmp_path)
    for one in DAYS[: day + 1]:
        run(home, one, THURSDAY)
    as_of = THURSDAY - timedelta(days=2 - day)
    found = read(home, MESSAGE_SIGNALS, as_of).set_index("message_id")["sku_id"].fillna("-")
    expected = {message: skus[day] for message, *skus in drawn(NAMED, 4) if skus[day] != "."}
    assert {message: found[message] for message in expected} == expected


def test_a_day_run_again_carries_nothing_from_later_days(
    tmp_path: Path, was_read: list[set[str]]
) -> None:
    home, alone = linli_home(tmp_path / "home"), linli_home(tmp_path / "alone")
    was_read.append(set())
    run(home, 2, THURSDAY)
    before = THURSDAY - timedelta(days=1)
    for one in (home, alone):
        was_read.append(set())
        run(one, 1, THURSDAY)
        assert was_read[-1] == set(read(one, MESSAGE_SIGNALS, before)["message_id"])
    assert_same(home, alone, before)


def test_another_future_changes_nothing(tmp_path: Path) -> None:
    """Said, starred, ordered and launched after the last day, and there before its run."""
    home, alone = linli_home(tmp_path / "home"), linli_home(tmp_path / "alone")
    run(alone, 2, THURSDAY)
    for day in DAYS[:2]:
        run(home, day, THURSDAY)
    lake = lake_of(2, THURSDAY)
    night, later = at(f"{THURSDAY} 23:30"), THURSDAY + timedelta(days=1)
    lake["chat"] += [review(2000 + n, later, 1, f"很好吃，新鲜{n}") for n in range(60)]
    lake["chat"].append(review(3000, THURSDAY, 1, "很好吃") | {"sent_at": night})
    lake["orders"].append({"order_id": "o1", "line_id": "2", "sku_id": "s5", "ordered_at": night})
    lake["products"].append({"sku_id": "s0", "sku_name": "草莓", "launched_on": later})
    fill(home, lake)
    materialise(home, [message_signals], THURSDAY)
    assert_same(home, alone, THURSDAY)


@pytest.mark.parametrize(
    "change",
    [{"user_id": "wang"}, {"community_id": "c2"}, {"channel": "service"}, {"order_id": "o9"},
     {"sku_id": "s7"}, {"stars": 3}, {"text": "草莓很新鲜，好吃！"},
     {"sent_at": at("2026-09-01 12:00")}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_message_that_changed_in_one_column_has_the_row_of_today(
    tmp_path: Path, change: dict[str, Any], was_read: list[set[str]]
) -> None:
    home, alone = linli_home(tmp_path / "home"), linli_home(tmp_path / "alone")
    lake = lake_of(2, THURSDAY)
    was_read.append(set())
    run(home, 2, THURSDAY)
    lake["chat"] = [
        row | change if row["message_id"] == "steady" else row for row in lake["chat"]
    ]  # fmt: skip
    friday = THURSDAY + timedelta(days=1)
    for one in (home, alone):
        fill(one, lake)
        was_read.append(set())
        materialise(one, [message_signals], friday)
    assert was_read[1] == {"steady"}
    assert_same(home, alone, friday)


def test_few_reviews_are_still_told_when_nothing_is_read(
    tmp_path: Path, was_read: list[set[str]]
) -> None:
    home = linli_home(tmp_path)
    fill(home, {"chat": reviews(THURSDAY, each=20)})
    for as_of in (THURSDAY, THURSDAY + timedelta(days=1)):
        was_read.append(set())
        result = materialise(home, [message_signals], as_of)
        assert fallback_codes(home, "message_signals", as_of) == ["few_starred_reviews"]
        assert metadata(result)["reviews_learnt_from"] == 0
        assert metadata(result)["complaints"] == 20
    assert [len(one) for one in was_read] == [40, 0]
