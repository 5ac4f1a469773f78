"""A refusal said in an answer to a contact stands until the same contact is exported with the
opposite in words, whatever else comes, in any order."""

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

WITH = ("contact_id", "user_id", "sent_at", "opted_out")
WITHOUT = ("contact_id", "user_id", "sent_at", "channel")
AT = "2026-10-05 10:00:00"
FILES = {
    "contacts_1": (
        WITH,
        [("C1", "U1", AT, "true"), ("C2", "U2", AT, "true"), ("C3", "U3", AT, "false")],
    ),
    "contacts_2": (
        WITHOUT,
        [("C1", "U1", AT, "sms"), ("C2", "U2", AT, "sms"), ("C3", "U3", AT, "sms")],
    ),
    "contacts_3": (WITH, [("C1", "U1", AT, ""), ("C2", "U2", AT, "false")]),
    "contacts_4": (WITH, [("C3", "U3", AT, "true"), ("C9", "U1", AT, "false")]),
}
REFUSED = {"U1", "U3"}
ORDERS = ["1234", "4321", "2413", "3142"]
ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
USERS = ("U1", "U2", "U3", "U4")


def home_in(folder: Path) -> LinliHome:
    give_key(folder / "home")
    return home_with(
        folder, {"orders": (ORDER, [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")])}
    )


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    return home_in(tmp_path)


def lay(home: LinliHome, name: str, *, as_name: str = "") -> None:
    write_export(home.exports_dir, as_name or name, *FILES[name])
    ingest(home)


def at_the_door(home: LinliHome) -> set[str]:
    names = {named(user): user for user in USERS}
    return {names[user] for user in current_refusals(home).users}


def in_rows(home: LinliHome) -> set[str]:
    rows = read(home, "select user_id from contacts where opted_out")["user_id"]
    return {user for user in USERS if named(user) in set(rows)}


def score(home: LinliHome) -> None:
    scores = [
        {"as_of": DAY, "user_id": named(user), "churn_30d": 0.5, "recency_days": 21, "orders": 2}
        | {"rhythm_days": 5.0, "overdue_ratio": 4.0, "model_version": "rule"}
        for user in USERS
    ]
    home.lakehouse.replace(CHURN_SCORES, DAY, arrow(CHURN_SCORES, scores))


def listed(home: LinliHome) -> set[str]:
    run(home, wake_up_lines, day=DAY)
    found = set(read(home, "select user_id from wake_up_lines")["user_id"])
    return {user for user in USERS if named(user) in found}


def test_an_answer_outlives_files_that_say_nothing_in_any_order(tmp_path: Path) -> None:
    for order in ORDERS:
        home = home_in(tmp_path / order)
        for place in order:
            lay(home, f"contacts_{place}")
        assert (in_rows(home), at_the_door(home)) == (REFUSED, REFUSED), order
        ingest(home)
        assert (in_rows(home), at_the_door(home)) == (REFUSED, REFUSED), order


def test_a_corrected_file_that_says_nothing_withdraws_nothing(home: LinliHome) -> None:
    lay(home, "contacts_1", as_name="contacts")
    lay(home, "contacts_2", as_name="contacts")
    assert (in_rows(home), at_the_door(home)) == ({"U1", "U2"}, {"U1", "U2"})
    lay(home, "contacts_4", as_name="contacts")  # without the contacts in which they refused
    assert at_the_door(home) == {"U1", "U2", "U3"}
    lay(home, "contacts_3", as_name="contacts")  # the second says the opposite in words
    assert at_the_door(home) == {"U1", "U3"}


def test_the_list_asks_for_answers_whose_rows_are_gone(home: LinliHome) -> None:
    lay(home, "contacts_1", as_name="contacts")
    write_export(home.exports_dir, "contacts", WITH, [("C8", "U4", AT, "false")])
    ingest(home)
    score(home)
    assert listed(home) == {"U3", "U4"}


def test_a_lake_of_before_keeps_the_answers_it_has(home: LinliHome) -> None:
    lay(home, "contacts_1")
    (home.lakehouse.root / "contact_answers").rename(home.root / "gone")
    lay(home, "contacts_2")
    assert at_the_door(home) == {"U1", "U2"}
    lay(home, "contacts_3")
    assert at_the_door(home) == {"U1"}


def test_a_contact_of_somebody_else_takes_nothing_over(home: LinliHome) -> None:
    """One platform numbers its contacts anew each day: the same id, another person."""
    lay(home, "contacts_1")
    write_export(home.exports_dir, "contacts_5", WITH, [("C1", "U4", AT, "")])
    ingest(home)
    assert at_the_door(home) == {"U1", "U2"}
    assert in_rows(home) == {"U2"}


def test_a_reload_for_another_cutoff_takes_the_answers_over(home: LinliHome) -> None:
    lay(home, "contacts_1", as_name="contacts")
    lay(home, "contacts_2", as_name="contacts")
    (home.exports_dir / "platform.toml").write_text('cutoff = "22:00"\n', "utf-8")
    assert reload_all(home, print)
    assert at_the_door(home) == {"U1", "U2"}


def test_an_answer_is_removed_with_the_person(home: LinliHome) -> None:
    lay(home, "contacts_1")
    erase_person(home.root, [(home.lakehouse, home.vault)], Person(ids=("U1", named("U1"))))
    finish_erasure([(home.lakehouse, home.vault)], named("U1"))
    assert named("U1") not in set(read(home, "select user_id from contact_answers")["user_id"])


def test_contacts_nobody_refused_in_are_not_kept(home: LinliHome) -> None:
    lay(home, "contacts_1")
    assert read(home, "select contact_id from contact_answers order by 1")[
        "contact_id"
    ].tolist() == [
        "C1",
        "C2",
    ]


def test_a_corrected_answer_withdraws_what_only_silent_rows_repeat(home: LinliHome) -> None:
    lay(home, "contacts_1")
    lay(home, "contacts_2")  # the rows that stand are of this file, which says nothing
    rows = [("C1", "U1", AT, "false"), ("C2", "U2", AT, "true")]
    write_export(home.exports_dir, "contacts_1", WITH, rows)
    ingest(home)
    assert (in_rows(home), at_the_door(home)) == ({"U2"}, {"U2"})
