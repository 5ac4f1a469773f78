"""Weekdays and times of day as operators write them: one reading, or none."""

from __future__ import annotations

import re

import duckdb
import pytest

from assets.ingest.stage.casting.order_calendar import time_of_day_of, weekdays_of
from data_contracts.exports import SUPPLIERS

WEEKDAYS = [
    ("周一、周三", "1|3"),
    ("星期一", "1"),
    ("一三五", "1|3|5"),
    ("1,3,5", "1|3|5"),
    ("3|1|3", "1|3"),
    ("每天", "1|2|3|4|5|6|7"),
    ("daily", "1|2|3|4|5|6|7"),
    ("周一至周五", "1|2|3|4|5"),
    ("周一-周四、周日", "1|2|3|4|7"),
    ("周五至周二", "1|2|5|6|7"),
    ("每周二、四", "2|4"),
    ("周135", "1|3|5"),
    ("周末", "6|7"),
    ("周六日", "6|7"),
    ("礼拜天", "7"),
    ("mon-wed, fri", "1|2|3|5"),
    ("Tuesday & Thursday", "2|4"),
    ("2.0", "2"),
]
NO_WEEKDAYS = [
    "15", "135", "0", "8", "1-3-5", "1日、15日", "三天", "每三日", "隔天", "工作日", "单日",
    "双周一", "每月1日", "2026-01-05", "一三-五", "周", "，", "monthly",
]  # fmt: skip


def read(sql: str, text: str) -> str | None:
    with duckdb.connect() as connection:
        query = f"select {sql} from (select ?::varchar as given)"
        return connection.execute(query, [text]).fetchall()[0][0]


@pytest.mark.parametrize(("text", "wanted"), WEEKDAYS, ids=[text for text, _ in WEEKDAYS])
def test_weekdays_are_read(text: str, wanted: str) -> None:
    found = read(weekdays_of("given"), text)
    assert found == wanted
    assert re.fullmatch(str(SUPPLIERS.column("order_weekdays").pattern), wanted)


@pytest.mark.parametrize("text", NO_WEEKDAYS)
def test_a_text_that_may_mean_something_else_is_not_read(text: str) -> None:
    assert read(weekdays_of("given"), text) is None


@pytest.mark.parametrize("text", ["", "3|1", "1|1", "0", "8", "1|", "1,3", "1|2|3|4|5|6|7|7"])
def test_the_normal_form_names_each_day_once_in_order(text: str) -> None:
    assert not re.fullmatch(str(SUPPLIERS.column("order_weekdays").pattern), text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("9:00", "09:00"),
        ("18:30:00", "18:30"),
        ("23点", "23:00"),
        ("23点半", "23:30"),
        ("8点5分", "08:05"),
        ("16时", "16:00"),
        ("24:00", "24:00"),
        ("18", None),
        ("下午6点", None),
        ("18:30:15", None),
        ("2026-01-05 18:00", None),
    ],
)
def test_a_time_of_day_is_read_or_not(text: str, wanted: str | None) -> None:
    assert read(time_of_day_of("given"), text) == wanted


@pytest.mark.parametrize(("text", "is_time"), [("24:00", True), ("24:01", False), ("25:00", False)])
def test_the_day_ends_at_24(text: str, is_time: bool) -> None:
    pattern = str(SUPPLIERS.column("order_cutoff").pattern)
    assert bool(re.fullmatch(pattern, text)) is is_time
