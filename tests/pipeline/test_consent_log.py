"""A refusal stands until a later file says the opposite in words, whatever else comes, in any
order."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.decide.wake_up.wake_up_lines import wake_up_lines
from assets.ingest.consent.current_refusals import current_refusals
from assets.ingest.privacy.erase import erase_person, finish_erasure
from assets.ingest.reload import reload_all
from assets.resources.home import LinliHome
from assets.resources.person_search.mentions import Person
from data_contracts.tables.churn import CHURN_SCORES
from tests.lake import give_key, home_with, ingest, named, write_export
from tests.pipeline.churn_lake import read, run
from tests.pipeline.published_lake import arrow
from tests.pipeline.test_wake_up_consent import DAY

WITH, WITHOUT = ("user_id", "marketing_opt_out"), ("user_id", "gender")
FILES = {
    "users_1": (WITH, [("U1", "true"), ("U2", "true"), ("U3", "false"), ("U4", "true")]),
    "users_2": (WITHOUT, [("U1", "male"), ("U3", "male")]),
    "users_3": (WITH, [("U1", ""), ("U2", "false"), ("U4", "-")]),
    "users_4": (WITH, [("U1", ""), ("U3", "true")]),
    "users_5": (WITHOUT, [("U1", "female"), ("U2", "female"), ("U3", "female"), ("U4", "male")]),
}
REFUSED = {"U1", "U3", "U4"}
ORDERS = ["12345", "54321", "31524", "25143", "43152"]
ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    give_key(tmp_path / "home")
    return home_with(
        tmp_path, {"orders": (ORDER, [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")])}
    )


def lay(home: LinliHome, name: str, *, as_name: str = "") -> None:
    write_export(home.exports_dir, as_name or name, *FILES[name])
    ingest(home)


def refused(home: LinliHome) -> set[str]:
    """Who refused by the lake; the door says the same."""
    rows = read(home, "select user_id from users where marketing_opt_out")["user_id"]
    names = {named(user): user for user in ("U1", "U2", "U3", "U4", "U9")}
    assert current_refusals(home).users >= set(rows)
    return {names[row] for row in rows}


def at_the_door(home: LinliHome) -> set[str]:
    names = {named(user): user for user in ("U1", "U2", "U3", "U4", "U9")}
    return {names[user] for user in current_refusals(home).users}


def state(home: LinliHome) -> list[tuple]:
    users = "select user_id, gender, marketing_opt_out from users order by 1"
    words = "select * from consent_words order by user_id, refused"
    return [
        tuple(row)
        for sql in (users, words)
        for row in read(home, sql).astype(object).itertuples(index=False)
    ]


def test_a_refusal_outlives_files_that_say_nothing_in_any_order(tmp_path: Path) -> None:
    states = []
    for order in ORDERS:
        give_key(tmp_path / order / "home")
        orders = [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")]
        home = home_with(tmp_path / order, {"orders": (ORDER, orders)})
        for place in order:
            lay(home, f"users_{place}")
        assert (refused(home), at_the_door(home)) == (REFUSED, REFUSED), order
        states.append(repr(state(home)))
        ingest(home)
        assert repr(state(home)) == states[0], order


def test_a_corrected_file_that_says_nothing_withdraws_nothing(home: LinliHome) -> None:
    lay(home, "users_1", as_name="users")
    lay(home, "users_2", as_name="users")  # without the column, and without two of them
    assert refused(home) == {"U1"}
    assert at_the_door(home) == {"U1", "U2", "U4"}
    lay(home, "users_3", as_name="users")
    assert at_the_door(home) == {"U1", "U4"}  # the second says the opposite in words
    lay(home, "users_4", as_name="users")
    assert at_the_door(home) == {"U1", "U3", "U4"}
    lay(home, "users_5", as_name="users")
    assert (refused(home), at_the_door(home)) == (REFUSED, REFUSED)


def test_who_left_the_file_of_users_is_on_no_list(home: LinliHome) -> None:
    lay(home, "users_1", as_name="users")
    lay(home, "users_2", as_name="users")
    scores = [
        {"as_of": DAY, "user_id": named(user), "churn_30d": 0.5, "recency_days": 21, "orders": 2}
        | {"rhythm_days": 5.0, "overdue_ratio": 4.0, "model_version": "rule"}
        for user in ("U1", "U2", "U3", "U4")
    ]
    home.lakehouse.replace(CHURN_SCORES, DAY, arrow(CHURN_SCORES, scores))
    run(home, wake_up_lines, day=DAY)
    assert set(read(home, "select user_id from wake_up_lines")["user_id"]) == {named("U3")}


def test_a_lake_of_before_keeps_the_refusals_it_has(home: LinliHome) -> None:
    lay(home, "users_1")
    (home.lakehouse.root / "consent_words").rename(home.root / "gone")
    lay(home, "users_2")
    assert refused(home) == {"U1", "U2", "U4"}
    lay(home, "users_3")
    assert refused(home) == {"U1", "U4"}


def test_a_reload_for_another_cutoff_takes_the_words_over(home: LinliHome) -> None:
    lay(home, "users_1", as_name="users")
    lay(home, "users_2", as_name="users")
    (home.exports_dir / "platform.toml").write_text('cutoff = "22:00"\n', "utf-8")
    assert reload_all(home, print)
    assert (refused(home), at_the_door(home)) == ({"U1"}, {"U1", "U2", "U4"})


def test_what_somebody_said_is_removed_with_them(home: LinliHome) -> None:
    lay(home, "users_1")
    lake = (home.lakehouse, home.vault)
    person = Person(ids=("U1", named("U1")))
    erase_person(home.root, [lake], person)
    finish_erasure([lake], named("U1"))
    assert named("U1") not in set(read(home, "select user_id from consent_words")["user_id"])
