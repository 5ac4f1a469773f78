"""What the wake-up rules are given of users, their purchases, contacts and refusals.

The day is 30 September 2026 and closes at 23:00.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

DAY = {"as_of": date(2026, 9, 30), "as_of_end": datetime(2026, 9, 30, 23)}


def _made(name: str, wanted: str, **given: str) -> list[tuple[object, ...]]:
    return step(f"assets/decide/wake_up/{name}.sql", given, wanted, SHAPES, **DAY)


# filled from the vault when the list is made
SHAPES = {
    "exclusions": "user_id varchar, allergens varchar, youngest_child_years double",
    "phone_refused": "user_id varchar",
}


CONTACTS = """
    contact_id | user_id  | sent_at          | channel  | opened | opted_out | arm
    1          | often    | 2026-09-10 10:00 | wechat   | true   |           | treatment
    2          | often    | 2026-09-12 10:00 | wechat   | true   |           |
    3          | often    | 2026-09-14 10:00 | app_push | true   |           |
    4          | often    | 2026-09-16 10:00 | leader   | false  |           |
    5          | often    | 2026-09-17 10:00 | leader   |        |           |
    6          | often    | 2026-09-18 10:00 | leader   | false  |           |
    7          | often    | 2026-09-30 22:59 |          | true   |           |
    8          | often    | 2026-09-30 23:00 | app_push | true   | true      |
    1          | tie      | 2026-09-15 10:00 | wechat   | true   |           |
    2          | tie      | 2026-09-15 11:00 | app_push | true   |           |
    1          | mute     | 2026-09-15 10:00 |          | true   |           |
    2          | mute     | 2026-09-15 11:00 |          | true   |           |
    3          | mute     | 2026-09-15 12:00 | wechat   | true   |           |
    1          | held     | 2026-09-20 10:00 | wechat   | true   |           | holdout
    1          | held out | 2026-09-20 10:00 | wechat   |        | true      | holdout
    1          | said no  | 2026-09-20 10:00 | wechat   | true   | true      |
    2          | said no  | 2026-09-21 10:00 | wechat   | true   | false     |
    1          | unscored | 2026-09-21 10:00 | wechat   |        | false     |
"""
SCORES = """
    as_of      | user_id | recency_days
    2026-09-30 | often   | 15
    2026-09-30 | tie     | 10
    2026-09-30 | held    | 30
    2026-09-29 | said no | 30
"""


def test_contacts_say_who_refused_and_when_the_last_one_was() -> None:
    found = _made(
        "contact_history",
        "user_id opted_out last_contact_at",
        contacts=CONTACTS,
        churn_scores=SCORES,
    )
    assert found == [
        ("held", False, None),
        ("held out", True, None),
        ("mute", False, datetime(2026, 9, 15, 12)),
        ("often", False, datetime(2026, 9, 30, 22, 59)),
        ("said no", True, datetime(2026, 9, 21, 10)),
        ("tie", False, datetime(2026, 9, 15, 11)),
        ("unscored", False, datetime(2026, 9, 21, 10)),
    ]


def test_contacts_after_the_last_order_are_unanswered() -> None:
    """`often` ordered last on 15 September, `tie` on the 20th, after both of its contacts."""
    found = _made(
        "contact_history",
        "user_id unanswered_contacts opened_channel",
        contacts=CONTACTS,
        churn_scores=SCORES,
    )
    assert found == [
        ("held", 0, None),
        ("held out", 0, None),
        ("mute", 0, "wechat"),
        ("often", 4, "wechat"),
        ("said no", 0, "wechat"),
        ("tie", 0, "app_push"),
        ("unscored", 0, None),
    ]


@pytest.mark.parametrize(("recency", "unanswered"), [(16, 4), (14, 3), (13, 2)])
def test_a_contact_on_the_day_of_the_last_order_is_answered(recency: int, unanswered: int) -> None:
    scores = SCORES.replace("often   | 15", f"often   | {recency}")
    given = {"contacts": CONTACTS, "churn_scores": scores}
    assert ("often", unanswered) in _made("contact_history", "user_id unanswered_contacts", **given)


def test_what_is_usual_of_a_user() -> None:
    """Most order days of 180 count, then the latest, then the id; money of 90 days."""
    lines = """
        user_id | sku_id | category | day        | community_id | ordered_at       | order_id | has_net_units | is_goods | net_yuan
        ann     | milk   | dairy    | 2026-09-30 | c1           | 2026-09-30 08:00 | 1        | true    | true     | 5
        ann     | milk   | dairy    | 2026-09-30 | c1           | 2026-09-30 07:00 | 1        | true    | true     | 5
        ann     | milk   | dairy    | 2026-09-30 | c1           | 2026-09-30 06:00 | 1        | true    | true     | 5
        ann     | egg    | eggs     | 2026-09-10 | c1           | 2026-09-10 08:00 | 2        | true    | true     | 7
        ann     | egg    | eggs 2   | 2026-09-11 | c2           | 2026-09-11 08:00 | 3        | true    | true     | 7
        ann     | old    | dairy    | 2026-04-03 | c9           | 2026-04-03 08:00 | 4        | true    | true     | 1
        ann     | old    | dairy    | 2026-04-02 | c9           | 2026-04-02 08:00 | 5        | true    | true     | 1
        ann     | old    | dairy    | 2026-04-01 | c9           | 2026-04-01 08:00 | 5        | true    | true     | 1
        ann     | bag    | fee      | 2026-09-01 | c9           | 2026-09-01 08:00 | 6        | true    | false    | 0.5
        ann     | bag    | fee      | 2026-09-02 | c9           | 2026-09-02 08:00 | 6        | true    | false    | 0.5
        ann     | bag    | fee      | 2026-09-03 | c9           | 2026-09-03 08:00 | 6        | true    | false    | 0.5
        bo      | fig    | fruit    | 2026-09-05 | none         | 2026-09-05 08:00 | 7        | true    | true     | 4
        bo      | nut    | nuts     | 2026-09-06 | none         | 2026-09-06 08:00 | 8        | true    | true     | 4
        bo      | ham    | meat     | 2026-09-30 | c5           | 2026-09-30 08:00 | 9        | false   | true     | 90
        cy      | tea    | tea      | 2026-07-02 | c3           | 2026-07-02 08:00 | 10       | true    | true     | 8
        di      | tea    | tea      | 2026-07-03 | c3           | 2026-07-03 08:00 | 11       | true    | true     | 8
        di      | jam    | jam      | 2026-07-03 | c4           | 2026-07-03 08:00 | 12       | true    | true     |
                | tea    | tea      | 2026-09-30 | c3           | 2026-09-30 08:00 | 13       | true    | true     | 8
        fay     | ham    | meat     | 2026-09-10 | c1           | 2026-09-10 08:00 | 17       | true    | true     | 1
        fay     | ham    | meat     | 2026-09-20 | c1           | 2026-09-20 08:00 | 18       | true    | true     | 1
        fay     | pie    | baked    | 2026-09-01 | c1           | 2026-09-01 08:00 | 19       | true    | true     | 1
        fay     | pie    | baked    | 2026-09-25 | c2           | 2026-09-25 08:00 | 20       | true    | true     | 1
        gil     | tea    | tea      | 2026-04-03 | c3           | 2026-04-03 08:00 | 15       | true    | true     | 8
        hal     | tea    | tea      | 2026-04-04 | c3           | 2026-04-04 08:00 | 16       | true    | true     | 8
        ed      | bag    | fee      | 2026-09-03 | c9           | 2026-09-03 08:00 | 14       | true    | false    | 0.5
    """
    found = _made(
        "typical_purchases",
        "user_id community_id favourite_sku_id favourite_category spend_90d_yuan",
        order_lines_as_of=lines,
    )
    assert found == [
        ("ann", "c1", "egg", "eggs", 15 + 14 + 1.5),
        ("bo", None, "nut", "nuts", 8),
        ("cy", "c3", "tea", "tea", 0),
        ("di", "c4", "jam", "jam", 8),
        ("ed", "c9", None, None, 0.5),
        ("fay", "c2", "pie", "baked", 4),
        ("hal", "c3", "tea", "tea", 0),
    ]


def test_everybody_who_refused_in_any_book() -> None:
    users = """
        user_id | marketing_opt_out
        a       | true
        b       | false
        c       |
                | true
    """
    words = """
        user_id | refused | stands
        d       | true    | true
        e       | true    | false
        f       | false   | true
    """
    contacts = """
        user_id | opted_out
        g       | true
        h       | false
                | true
    """
    answers = """
        user_id
        i
        a
    """
    given = {"users": users, "consent_words": words, "contact_history": contacts}
    found = _made("refusing_users", "user_id", **given, refusals_in_answers=answers)
    assert found == [("a",), ("d",), ("g",), ("i",)]


def test_an_answer_is_a_refusal_unless_its_contact_is_of_a_later_day() -> None:
    answers = """
        contact_id | user_id       | refused | stands
        1          | a refused     | true    | true
        2          | b agreed      | false   | true
        3          | c retracted  | true    | false
        4          | d later       | true    | true
        5          | e gone        | true    | true
        4          | f of another  | true    | true
        6          | g asked again | true    | true
    """
    contacts = """
        contact_id | user_id       | sent_at
        1          | a refused     | 2026-09-30 22:59
        4          | d later       | 2026-09-30 23:00
        6          | g asked again | 2026-09-29 10:00
        7          | g asked again | 2026-10-02 10:00
    """
    found = _made("refusals_in_answers", "user_id", contact_answers=answers, contacts=contacts)
    assert found == [("a refused",), ("e gone",), ("f of another",), ("g asked again",)]


CANDIDATE = """
    as_of      | user_id | churn_30d | recency_days | rhythm_days | overdue_ratio | orders | fallback
    2026-09-30 | ann     | 0.5       | 20           | 7           | 2.5           | 9      |
    2026-09-30 | bo      | 0.2       | 3            |             |               | 1      | rule
    2026-09-29 | old     | 0.9       | 90           | 1           | 9             | 9      |
"""


def test_a_candidate_without_anything_else_is_what_the_score_says() -> None:
    wanted = (
        "user_id churn_30d recency_days rhythm_days overdue_ratio orders is_calibrated "
        "spend_90d_yuan in_profile failed_run in_user_file opted_out phone_refused "
        "unanswered_contacts"
    )
    assert _made("wake_up_candidates", wanted, churn_scores=CANDIDATE) == [
        ("ann", 0.5, 20, 7, 2.5, 9, True, 0, False, 0, False, False, False, 0),
        ("bo", 0.2, 3, None, None, 1, False, 0, False, 0, False, False, False, 0),
    ]


FULL = {
    "churn_scores": CANDIDATE,
    "typical_purchases": """
        user_id | spend_90d_yuan | favourite_sku_id | favourite_category | community_id
        ann     | 11             | milk         | dairy          | c1
        bo      | 12             | egg          | eggs           | c2
    """,
    "profile_consumption": """
        as_of      | user_id | spend_90d_yuan | usual_sku_id | usual_category | evidence
        2026-09-30 | ann     | 21             | nappy        | baby           | evidence
        2026-09-30 | bo      |                |              |                | no_evidence
        2026-09-29 | bo      | 99             | late         | late           | evidence
    """,
    "profile_scene": """
        as_of      | user_id | active_hour
        2026-09-30 | ann     | 8
        2026-09-29 | bo      | 9
    """,
    "profile_emotion": """
        as_of      | user_id | failed_run
        2026-09-30 | ann     | 2
        2026-09-29 | bo      | 3
    """,
    "layer_labels": """
        as_of      | user_id | layer
        2026-09-30 | ann     | family
        2026-09-29 | bo      | elite
    """,
    "users": """
        user_id | community_id | marketing_opt_out | preferred_channel | age_band
        ann     | c3           | false             | wechat            | 25-34
    """,
    "communities": """
        community_id | leader_id | warehouse_id
        c1           | l1        | w1
        c2           | l2        | w2
        c3           | l3        | w3
    """,
    "exclusions": """
        user_id | allergens | youngest_child_years
        ann     | 花生      | 4
    """,
    "contact_history": """
        user_id | opted_out | last_contact_at  | unanswered_contacts | opened_channel
        ann     | false     | 2026-09-29 11:00 | 2                   | app_push
    """,
}


def test_a_candidate_is_joined_with_all_that_is_known_of_the_day() -> None:
    wanted = "user_id spend_90d_yuan favourite_sku_id favourite_category in_profile"
    assert _made("wake_up_candidates", wanted, **FULL) == [
        ("ann", 21, "nappy", "baby", True),
        ("bo", 12, "egg", "eggs", False),
    ]
    wanted = "user_id active_hour failed_run layer community_id leader_id warehouse_id"
    assert _made("wake_up_candidates", wanted, **FULL) == [
        ("ann", 8, 2, "family", "c3", "l3", "w3"),
        ("bo", None, 0, None, "c2", "l2", "w2"),
    ]
    wanted = "user_id in_user_file marketing_opt_out preferred_channel age_band allergens"
    assert _made("wake_up_candidates", wanted, **FULL) == [
        ("ann", True, False, "wechat", "25-34", "花生"),
        ("bo", False, None, None, None, None),
    ]
    wanted = "user_id youngest_child_years days_since_contact unanswered_contacts opened_channel"
    assert _made("wake_up_candidates", wanted, **FULL) == [
        ("ann", 4, 1.5, 2, "app_push"),
        ("bo", None, None, 0, None),
    ]


# a refusal         table                words of the user file            opted out  marketing
REFUSALS = [
    ("in a contact",          "contact_history", "user_id | opted_out\nann | true",                 True,  None),
    ("in an answer",          "refusals_in_answers",  "user_id\nann",                                    True,  None),
    ("of another",            "refusals_in_answers",  "user_id\nbo",                                     False, None),
    ("in the user file",      "users",            "user_id | marketing_opt_out\nann | true",         False, True),
    ("in words",              "consent_words",    "user_id | refused | stands\nann | true | true",   False, True),
    ("in words, retracted",   "consent_words",    "user_id | refused | stands\nann | true | false",  False, None),
    ("agreed in words",       "consent_words",    "user_id | refused | stands\nann | false | true",  False, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "text", "opted_out", "marketing"),
    [row[1:] for row in REFUSALS],
    ids=[str(row[0]) for row in REFUSALS],
)
def test_a_refusal_reaches_the_candidate(
    table: str, text: str, opted_out: bool, marketing: bool | None
) -> None:
    found = _made(
        "wake_up_candidates",
        "user_id opted_out marketing_opt_out phone_refused",
        **{"churn_scores": CANDIDATE, table: text},
    )
    assert found[0] == ("ann", opted_out, marketing, False)


def test_the_words_of_a_user_come_before_the_file_and_a_phone_refuses_too() -> None:
    users = "user_id | marketing_opt_out\nann | false\nbo | true"
    words = "user_id | refused | stands\nann | true | true\nbo | false | true"
    given = {"churn_scores": CANDIDATE, "users": users, "consent_words": words}
    found = _made(
        "wake_up_candidates",
        "user_id marketing_opt_out phone_refused",
        **given,
        phone_refused="user_id\nbo",
    )
    assert found == [("ann", True, False), ("bo", False, True)]
