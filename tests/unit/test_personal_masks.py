"""How personal values are masked."""

import duckdb
import pytest

from assets.ingest.stage.personal_masks import masked
from data_contracts.columns import phone, text
from data_contracts.table import Column, Mask, Personal

MASKED = [
    (phone("x", "手机"), "13812345678", "138****5678"),
    (phone("x", "手机"), "+86 138-1234-5678", "138****5678"),
    (phone("x", "手机"), "12345", "***"),
    (text("x", "名", "", personal=Personal.DIRECT, mask=Mask.NAME), "张三丰", "张*"),
    (
        text("x", "址", "", personal=Personal.DIRECT, mask=Mask.ADDRESS),
        "上海市闵行区幸福小区3栋502",
        "上海市闵行区幸福小区",
    ),
    (text("x", "址", "", personal=Personal.DIRECT, mask=Mask.ADDRESS), "人民路1号", "***"),
    (
        text("x", "文", "", personal=Personal.FREE_TEXT, mask=Mask.TEXT),
        "打我电话138 1234 5678,买2斤",
        "打我电话***,买2斤",
    ),
]


@pytest.mark.parametrize(("column", "written", "expected"), MASKED)
def test_personal_values_are_masked(column: Column, written: str, expected: str) -> None:
    query = f"select {masked(column, 'x')} from (select $1::varchar as x)"
    assert duckdb.execute(query, [written]).fetchall()[0][0] == expected


def test_a_missing_personal_value_stays_missing() -> None:
    for column, _, _ in MASKED:
        query = f"select {masked(column, 'x')} from (select null::varchar as x)"
        assert duckdb.execute(query).fetchall()[0][0] is None
