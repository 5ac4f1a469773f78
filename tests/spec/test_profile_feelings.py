"""What the profile says of feelings and of the scene orders are placed in, each step alone.

The day is 30 September 2026 and closes at 23:00; 180 days reach back to 4 April.
"""

# ruff: noqa: E501 - a drawn table is read across

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.steps import step

DAY: dict[str, object] = {
    "as_of": date(2026, 9, 30),
    "as_of_end": datetime(2026, 9, 30, 23),
    "since_30": date(2026, 9, 1),
    "since_90": date(2026, 7, 3),
    "since_180": date(2026, 4, 4),
    "since_365": date(2025, 10, 1),
    "aspects": "^(price|taste)_polarity$",
}
SHAPES = {
    "users_of_part": "user_id varchar, input_digest varchar",
    "emotion_signals": "user_id varchar, day date, stars integer, polarity double, emotion varchar, "
    "is_belonging boolean, is_complaint boolean, complaint_grade varchar, price_polarity double, "
    "taste_polarity double",
    "emotion_purchases": "user_id varchar, order_id varchar, dispatched_at timestamp, "
    "shipments bigint, failed integer",
    "scene_lines": "assets/core/order_lines_as_of.sql",
    "scene_food": "category varchar, kind varchar",
    "community_day_kinds": "community_id varchar, day date, is_rainy boolean, is_holiday boolean, "
    "is_school_season boolean, is_workday boolean",
    "ranks": "sku_id varchar, category varchar, sale_unit varchar, price_rank double",
}
TOUCHED = "user_id | input_digest\nann | 1\nbo | 2\ncy | 3"
SIGNALS = """
    user_id | day        | stars | polarity | emotion        | is_belonging | is_complaint | complaint_grade | price_polarity | taste_polarity
    ann     | 2026-09-01 | 1     | -0.5     | anger          | false        | true         | leader_2h       | -1             |
    ann     | 2026-09-05 | 4     | 0.25     | delight        | true         | false        |                 | 0.5            | 1
    ann     | 2026-09-03 |       |          | anger          | true         | true         | service_24h     |                | 0
    ann     | 2026-09-02 | 4     |          | disappointment | true         | true         | leader_2h       |                | 0.5
    bo      | 2026-09-02 |       |          |                |              | true         | task_force_48h  |                |
"""


def _emotion(wanted: str, **given: str) -> list[tuple[object, ...]]:
    path = "assets/profiles/emotion/emotion.sql"
    return step(path, {"users_of_part": TOUCHED} | given, f"user_id {wanted}", SHAPES, **DAY)


def test_what_somebody_wrote_is_counted_and_averaged() -> None:
    wanted = "evidence evidence_count messages reviews mean_stars polarity_messages polarity"
    assert _emotion(wanted, emotion_signals=SIGNALS) == [
        ("ann", "evidence", 4, 4, 3, 3, 2, -0.125),
        ("bo", "evidence", 1, 1, 0, None, 0, None),
        ("cy", "no_evidence", 0, None, None, None, None, None),
    ]
    wanted = "anger_messages disappointment_messages delight_messages belonging_messages complaints"
    assert _emotion(wanted, emotion_signals=SIGNALS) == [
        ("ann", 2, 1, 1, 3, 3),
        ("bo", 0, 0, 0, 0, 1),
        ("cy", None, None, None, None, None),
    ]
    wanted = "last_complaint_on worst_complaint_grade"
    assert _emotion(wanted, emotion_signals=SIGNALS) == [
        ("ann", date(2026, 9, 3), "service_24h"),
        ("bo", date(2026, 9, 2), "task_force_48h"),
        ("cy", None, None),
    ]
    wanted = "price_mentions price_polarity taste_mentions taste_polarity"
    assert _emotion(wanted, emotion_signals=SIGNALS) == [
        ("ann", 2, -0.25, 3, 0.5),
        ("bo", 0, None, 0, None),
        ("cy", None, None, None, None),
    ]


def test_a_mild_complaint_is_the_worst_where_there_is_no_other() -> None:
    signals = SIGNALS.replace("service_24h", "           ")
    assert _emotion("worst_complaint_grade", emotion_signals=signals)[0] == ("ann", "leader_2h")


# deliveries, the latest first: f failed, g good    purchases  failed  in succession
RUNS = [
    ("g", 1, 0, 0),
    ("f", 1, 1, 1),
    ("fg", 2, 1, 1),
    ("gf", 2, 1, 0),
    ("ffgf", 4, 3, 2),
    ("fff", 3, 3, 3),
]


@pytest.mark.parametrize(("ends", "purchases", "failed", "run"), RUNS, ids=[row[0] for row in RUNS])
def test_failures_in_succession_up_to_now(ends: str, purchases: int, failed: int, run: int) -> None:
    rows = [
        f"ann | o{place} | 2026-09-{20 - place} 06:00 | 2 | {int(end == 'f')}"
        for place, end in enumerate(ends)
    ]
    given = "\n".join(["user_id | order_id | dispatched_at | shipments | failed", *rows])
    found = _emotion(
        "evidence evidence_count purchases_concluded failed_purchases failed_run",
        emotion_purchases=given,
    )
    assert found[0] == ("ann", "evidence", 2 * len(ends), purchases, failed, run)


def test_of_two_deliveries_of_one_moment_the_later_order_is_the_later_one() -> None:
    rows = "ann | a | 2026-09-20 06:00 | 1 | 1\nann | b | 2026-09-20 06:00 | 1 | 0"
    given = f"user_id | order_id | dispatched_at | shipments | failed\n{rows}"
    assert _emotion("failed_run", emotion_purchases=given)[0] == ("ann", 0)


def test_shares_of_those_with_evidence() -> None:
    browse = """
        user_id | business_date | occurred_at      | action
        ann     | 2026-09-30    | 2026-09-30 22:59 | share
        ann     | 2026-04-04    | 2026-04-04 10:00 | share
        ann     | 2026-09-30    | 2026-09-30 10:00 | view
        ann     | 2026-04-03    | 2026-04-03 10:00 | share
        ann     | 2026-09-30    | 2026-09-30 23:00 | share
        ann     | 2026-10-01    | 2026-09-30 10:00 | share
        cy      | 2026-09-30    | 2026-09-30 10:00 | share
        di      | 2026-09-30    | 2026-09-30 10:00 | share
    """
    found = _emotion("browse_events shares", emotion_signals=SIGNALS, browse=browse)
    assert found == [("ann", 3, 2), ("bo", None, None), ("cy", 1, None)]


def test_an_order_and_what_it_holds_of_food() -> None:
    lines = """
        user_id | order_id | ordered_at       | community_id | category
        ann     | 1        | 2026-09-30 08:00 | c2           | noodles
        ann     | 1        | 2026-09-30 08:30 | c1           | meat
        ann     | 1        | 2026-09-30 08:30 | c1           | meat
        ann     | 1        | 2026-09-30 08:30 | c1           | vegetables
        ann     | 1        | 2026-09-30 08:30 | c1           | soap
        ann     | 2        | 2026-09-29 23:30 | c1           | noodles
        bo      | 1        | 2026-09-30 08:00 | c3           | soap
    """
    food = "category | kind\nnoodles | ready\nmeat | cooking\nvegetables | cooking\nfruit | fresh"
    kinds = """
        community_id | day        | is_rainy | is_holiday | is_school_season | is_workday
        c1           | 2026-09-30 | true     | false      | true             | false
        c2           | 2026-09-30 | false    | true       | false            | true
        c1           | 2026-09-29 | false    | true       | false            | true
    """
    given = {"scene_lines": lines, "scene_food": food, "community_day_kinds": kinds}
    path = "assets/profiles/scene/scene_orders.sql"
    wanted = "user_id order_id ordered_at placed_on community_id lines food_lines ready_lines cooking_categories"
    assert step(path, given, wanted, SHAPES, **DAY) == [
        ("ann", "1", datetime(2026, 9, 30, 8), date(2026, 9, 30), "c1", 5, 4, 1, 2),
        ("ann", "2", datetime(2026, 9, 29, 23, 30), date(2026, 9, 29), "c1", 1, 1, 1, 0),
        ("bo", "1", datetime(2026, 9, 30, 8), date(2026, 9, 30), "c3", 1, 0, 0, 0),
    ]
    wanted = "user_id order_id is_rainy is_holiday is_school_season is_workday"
    assert step(path, given, wanted, SHAPES, **DAY) == [
        ("ann", "1", True, False, True, False),
        ("ann", "2", False, True, False, True),
        ("bo", "1", None, None, None, None),
    ]


LINE = """
    user_id | order_id | sku_id | category | sale_unit | day        | ordered_at       | community_id
    ann     | 1        | milk   | dairy    | piece     | {day}      | {day} 08:00      | c1
            | 2        | milk   | dairy    | piece     | {day}      | {day} 08:00      | c1
"""


def _digest(day: str, **given: str) -> tuple[object, ...]:
    path = "assets/profiles/change_detection/input_lines.sql"
    lines = given.pop("order_lines_as_of", LINE.replace("{day}", day))
    rows = step(
        path, {"order_lines_as_of": lines} | given, "user_id bought kinds_of_days", SHAPES, **DAY
    )
    (row,) = rows
    assert row[0] == "ann"
    return row


@pytest.mark.parametrize("edge", ["2026-09-01", "2026-07-03", "2026-04-04", "2025-10-01"])
def test_a_digest_changes_when_a_line_leaves_a_window_and_not_before(edge: str) -> None:
    """The line stays what it is; where the window begins is what moves."""
    inside = date.fromisoformat(edge)
    name = next(key for key, value in DAY.items() if value == inside)
    path = "assets/profiles/change_detection/input_lines.sql"

    def digest(since: date) -> object:
        given = {"order_lines_as_of": LINE.replace("{day}", edge)}
        return step(path, given, "bought", SHAPES, **(DAY | {name: since}))

    earlier, later = (date.fromordinal(inside.toordinal() + days) for days in (-1, 1))
    assert digest(inside) == digest(earlier)
    assert digest(inside) != digest(later)


def test_a_digest_holds_what_stands_beside_a_line() -> None:
    plain = _digest("2026-09-30")
    ranks = "sku_id | category | sale_unit | price_rank\nmilk | dairy | piece | 0.5"
    others = "sku_id | category | sale_unit | price_rank\nmilk | eggs | piece | 0.5\nmilk | dairy | kg | 0.5\negg | dairy | piece | 0.5"
    assert _digest("2026-09-30", ranks=ranks)[1] != plain[1]
    assert _digest("2026-09-30", ranks=others) == plain
    assert _digest("2026-09-30", products="sku_id | launched_on\nmilk | 2026-09-01")[1] != plain[1]
    assert _digest("2026-09-30", products="sku_id | launched_on\negg | 2026-09-01") == plain
    rain = "community_id | day | is_rainy\nc1 | 2026-09-30 | true"
    elsewhere = "community_id | day | is_rainy\nc2 | 2026-09-30 | true\nc1 | 2026-09-29 | true"
    assert _digest("2026-09-30", community_day_kinds=rain)[2] != plain[2]
    assert _digest("2026-09-30", community_day_kinds=elsewhere) == plain


def test_kinds_of_days_count_for_ninety_days() -> None:
    rain = "community_id | day | is_rainy\nc1 | {day} | true"
    assert (
        _digest("2026-07-03", community_day_kinds=rain.replace("{day}", "2026-07-03"))[2]
        is not None
    )
    assert _digest("2026-07-02", community_day_kinds=rain.replace("{day}", "2026-07-02"))[2] is None


def test_every_line_counts_in_a_digest() -> None:
    one = LINE.replace("{day}", "2026-09-30")
    two = one + "    ann | 3 | egg | eggs | piece | 2026-09-30 | 2026-09-30 08:00 | c1\n"
    three = two + "    ann | 4 | egg | eggs | piece | 2026-09-30 | 2026-09-30 08:00 | c1\n"
    other = two + "    ann | 5 | egg | eggs | piece | 2026-09-30 | 2026-09-30 08:00 | c1\n"
    found = {_digest("", order_lines_as_of=lines) for lines in (one, two, three, other)}
    assert len({row[1] for row in found}) == len({row[2] for row in found}) == 4
