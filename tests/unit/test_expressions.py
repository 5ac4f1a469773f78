"""How a text is read as a type: what reads, what does not, and that nothing is silently bent."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from assets.ingest import expressions as ex
from data_contracts.columns import date as date_column
from data_contracts.columns import flag, integer, money, phone, real, text, timestamp
from data_contracts.table import Column, Mask, Personal
from data_contracts.units import Unit

READS: list[tuple[Column, str, object]] = [
    (integer("x", "数", ""), "12", 12),
    (integer("x", "数", ""), "12.0", 12),
    (integer("x", "数", ""), "3.7", None),
    (integer("x", "数", ""), "0x10", None),
    (integer("x", "数", ""), "1_000", None),
    (integer("x", "数", ""), "9007199254740993", 9007199254740993),
    (real("x", "数", "", Unit.SALE_UNITS), "1.25", 1.25),
    (real("x", "数", "", Unit.SALE_UNITS), "-2e3", -2000.0),
    (real("x", "数", "", Unit.SALE_UNITS), "1,234", None),
    (real("x", "数", "", Unit.SALE_UNITS), "nan", None),
    (real("x", "数", "", Unit.SALE_UNITS), "inf", None),
    (money("x", "元", ""), "3.5", Decimal("3.5000")),
    (money("x", "元", ""), "12.30000000001", Decimal("12.3000")),
    (money("x", "元", ""), "0.12345", None),
    (money("x", "元", ""), "¥3.5", None),
    (flag("x", "是否", ""), "TRUE", True),
    (flag("x", "是否", ""), "是", True),
    (flag("x", "是否", ""), "0", False),
    (flag("x", "是否", ""), "maybe", None),
    (date_column("x", "日", ""), "2026-09-04", date(2026, 9, 4)),
    (date_column("x", "日", ""), "2026/9/4", date(2026, 9, 4)),
    (date_column("x", "日", ""), "2026-09-04 00:00:00", date(2026, 9, 4)),
    (date_column("x", "日", ""), "2026-09-04 13:00:00", None),
    (date_column("x", "日", ""), "2026-02-30", None),
    (date_column("x", "日", ""), "inf", None),
    (date_column("x", "日", ""), "0026-09-04", None),
    (timestamp("x", "时", ""), "2026-09-04 10:00:00", datetime(2026, 9, 4, 10)),
    (timestamp("x", "时", ""), "2026/9/4 8:05", datetime(2026, 9, 4, 8, 5)),
    (timestamp("x", "时", ""), "2026-09-04T10:00:00+08:00", datetime(2026, 9, 4, 10)),
    (timestamp("x", "时", ""), "2026-09-04T10:00:00+09:00", None),
    (timestamp("x", "时", ""), "2026-09-04T10:00:00Z", None),
    (timestamp("x", "时", ""), "2026-09-04 24:00:00", datetime(2026, 9, 5)),
    (text("x", "文", ""), "  =1+1 ", "=1+1"),
    (text("x", "文", ""), "   ", None),
]


@pytest.mark.parametrize(("column", "written", "expected"), READS)
def test_a_text_reads_exactly_or_not_at_all(column: Column, written: str, expected: object) -> None:
    raw = f"(select {ex.text_of('v')} as r_x from (select $1::varchar as v))"
    query = f"select {ex.typed(column, 'r_x')} from {raw}"
    assert duckdb.execute(query, [written]).fetchall()[0][0] == expected


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
    query = f"select {ex.masked(column, 'x')} from (select $1::varchar as x)"
    assert duckdb.execute(query, [written]).fetchall()[0][0] == expected


def test_a_missing_personal_value_stays_missing() -> None:
    for column, _, _ in MASKED:
        query = f"select {ex.masked(column, 'x')} from (select null::varchar as x)"
        assert duckdb.execute(query).fetchall()[0][0] is None
