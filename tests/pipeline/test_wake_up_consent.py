"""Nobody whose phone refused, under whatever id, stands on the wake-up list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assets.decide.wake_up.wake_up_lines import wake_up_lines
from assets.publish.lists.wake_up_list import wake_up_list
from assets.publish.reports.run_card import run_card
from assets.resources.home import LinliHome
from data_contracts.errors import LinliError
from data_contracts.tables.churn import CHURN_SCORES
from tests.lake import copy_of, give_key, home_with, ingest, named, write_export
from tests.pipeline.churn_lake import read, run
from tests.pipeline.published_lake import arrow

DAY = date(2026, 10, 31)
USERS = ("user_id", "phone", "marketing_opt_out")
CONTACTS = ("contact_id", "user_id", "sent_at", "opted_out")
ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
PEOPLE = [
    # due for a contact           phone                   refused
    ("alone",                     "13900000001",          "false"),
    ("country code",              "13900000002",          "false"),
    ("x country code",            "+86 139-0000-0002",    "true"),
    ("two more ids",              "13900000003",          "false"),
    ("x an id that did not",      "139 0000 0003",        "false"),
    ("x an id that did",          "008613900000003",      "true"),
    ("full width",                "１３９０００００００４", "false"),
    ("x in a contact",            "13900000004",          "false"),
    ("withdrawn",                 "13900000005",          "false"),
    ("x withdrawn",               "13900000005",          "true"),
    ("refused later",             "13900000006",          "false"),
    ("leader",                    "0571-8888 6666",       "true"),
    ("member",                    "057188886666",         "false"),
    ("x masked",                  "139****0001",          "true"),
    ("no phone",                  "",                     "false"),
    ("x no phone",                "",                     "true"),
]  # fmt: skip
DUE = [user for user, _, _ in PEOPLE if not user.startswith("x ")]
KEPT = {"alone", "withdrawn", "refused later", "no phone"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """Everybody due has been silent for three weeks; the refusal of `x withdrawn` is withdrawn."""
    folder = tmp_path_factory.mktemp("wake_up_consent")
    give_key(folder / "home")
    orders = [("A1", "L1", "2026-10-01 10:00:00", "alone", "S1", "1")]
    contacts = [("C1", "x in a contact", "2026-10-05 10:00:00", "true")]
    home = home_with(
        folder,
        {"users_1": (USERS, PEOPLE), "orders": (ORDER, orders), "contacts": (CONTACTS, contacts)},
    )
    write_export(home.exports_dir, "users_2", USERS, [("x withdrawn", "", "false")])
    ingest(home)
    scores = [
        {"as_of": DAY, "user_id": named(user), "churn_30d": 0.5, "recency_days": 21, "orders": 2}
        | {"rhythm_days": 5.0, "overdue_ratio": 4.0, "model_version": "rule"}
        for user in DUE
    ]
    home.lakehouse.replace(CHURN_SCORES, DAY, arrow(CHURN_SCORES, scores))
    return home


@pytest.fixture
def home(made: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(made, tmp_path)


def listed(home: LinliHome) -> set[str]:
    run(home, wake_up_lines, day=DAY)
    found = set(read(home, "select user_id from wake_up_lines")["user_id"])
    return {user for user in DUE if named(user) in found}


def left_out(home: LinliHome) -> dict[str, int]:
    rows = read(home, "select reason_code, users from wake_up_left_out")
    return dict(rows.itertuples(index=False, name=None))


def test_a_phone_that_refused_is_on_no_list_under_any_id(home: LinliHome) -> None:
    assert listed(home) == KEPT
    assert left_out(home) == {"opted_out": 1, "phone_refused": 4}


def test_a_refusal_in_a_file_that_came_after_counts_from_the_next_list(home: LinliHome) -> None:
    later = [("x later", "(+86) 139 0000 0006", "true"), ("x withdrawn", "", "true")]
    write_export(home.exports_dir, "users_3", USERS, later)
    ingest(home)
    assert listed(home) == KEPT - {"refused later", "withdrawn"}
    assert left_out(home) == {"opted_out": 1, "phone_refused": 6}


def test_the_list_and_the_run_card_say_how_many_are_left_out(home: LinliHome) -> None:
    run(home, wake_up_lines, wake_up_list, run_card, day=DAY)
    card = (home.report_dir(DAY) / "run_card.html").read_text("utf-8")
    assert "同一手机号已用其他编号拒绝 4 人" in card and "本人已拒绝营销或退订 1 人" in card
    assert "139" not in card


def test_without_its_vault_no_list_is_made(home: LinliHome) -> None:
    sealed = next(home.vault.folder.glob("people-*.sealed"))
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"\0")
    with pytest.raises(LinliError, match="cannot be opened"):
        run(home, wake_up_lines, day=DAY)
    assert read(home, "select * from wake_up_lines").empty
