"""How a text reads as a type, drawn: what reads exactly, what after a repair, what not at all."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from assets.ingest.stage.casting.lost_digits import lost_digits
from assets.ingest.stage.casting.repair_steps import RepairSteps
from assets.ingest.stage.casting.type_casting import column_cast
from assets.ingest.stage.casting.unit_conversion import converted_text
from data_contracts.codes.products import SaleUnit
from data_contracts.columns import code, flag, integer, money, real, text, timestamp
from data_contracts.columns import date as date_column
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Column
from data_contracts.units import Unit

COUNT = integer("x", "数", "")
QUANTITY = real("x", "数", "", Unit.SALE_UNITS)
SHARE = real("x", "占比", "", Unit.RATIO)
MONEY = money("x", "元", "")
FLAG = flag("x", "是否", "")
DAY = date_column("x", "日", "")
MOMENT = timestamp("x", "时", "")
ID = text("x_id", "编号", "")
NAME = text("x", "名称", "")
UNIT = code("x", "单位", "", SaleUnit)
TEN = datetime(2026, 10, 31, 10, 5)

# column, as written, value, kind of repair (None: read exactly, or not read)
DRAWN: list[tuple[Column, str, object, str | None]] = [
    (COUNT, "12", 12, None),
    (COUNT, "12.0", 12, None),
    (COUNT, "3.7", None, None),
    (COUNT, "0x10", None, None),
    (COUNT, "1_000", None, None),
    (COUNT, "9007199254740993", 9007199254740993, None),
    (COUNT, "1,234", 1234, "number_style"),
    (COUNT, "１２", 12, "full_width"),
    (COUNT, " 12 ", 12, "invisible"),
    (COUNT, "\u200b12\ufeff", 12, "invisible"),
    (COUNT, "12,34", None, None),  # no thousands
    (QUANTITY, "1.25", 1.25, None),
    (QUANTITY, "-2e3", -2000.0, None),
    (QUANTITY, "nan", None, None),
    (QUANTITY, "inf", None, None),
    (QUANTITY, "1.234,50", None, None),  # could be either
    (SHARE, "85%", 0.85, "percent"),
    (QUANTITY, "85%", None, None),  # a quantity is no share
    (MONEY, "3.5", Decimal("3.5000"), None),
    (MONEY, "12.30000000001", Decimal("12.3000"), None),
    (MONEY, "0.12345", Decimal("0.1235"), "rounded"),
    (MONEY, "0.00012345", None, None),
    (MONEY, "¥1,234.50", Decimal("1234.5000"), "number_style"),
    (MONEY, "￥１，２３４．５０", Decimal("1234.5000"), "number_style"),
    (MONEY, "1234.5元", Decimal("1234.5000"), "number_style"),
    (MONEY, "-¥5.00", Decimal("-5.0000"), "number_style"),
    (MONEY, "¥", None, None),
    (FLAG, "TRUE", True, None),
    (FLAG, "是", True, None),
    (FLAG, "0", False, None),
    (FLAG, "有", True, "boolean_word"),
    (FLAG, "maybe", None, None),
    (DAY, "2026-10-31", date(2026, 10, 31), None),
    (DAY, "2026/9/4", date(2026, 9, 4), None),
    (DAY, "2026-10-31 00:00:00", date(2026, 10, 31), None),
    (DAY, "2026-10-31 13:00:00", None, None),
    (DAY, "2026-02-30", None, None),
    (DAY, "inf", None, None),
    (DAY, "0026-09-04", None, None),
    (DAY, "1989-12-31", None, None),
    (DAY, "1990-01-01", date(1990, 1, 1), None),
    (DAY, "2100-12-31", date(2100, 12, 31), None),
    (DAY, "2101/1/1", None, None),
    (DAY, "1989年12月31日", None, None),
    (DAY, "2100年12月31日", date(2100, 12, 31), "date_style"),
    (DAY, "2026年10月31日", date(2026, 10, 31), "date_style"),
    (DAY, "2026.10.31", date(2026, 10, 31), "date_style"),
    (DAY, "20261031", date(2026, 10, 31), "date_style"),
    (DAY, "２０２６－１０－３１", date(2026, 10, 31), "full_width"),
    (DAY, "46326", date(2026, 10, 31), "excel_serial"),
    (DAY, "03/04/2026", None, None),  # day or month first?
    (DAY, "05-Oct-2026", date(2026, 10, 5), "date_style"),
    (DAY, "Oct 5, 2026 08:00", None, None),  # a moment is no day
    (DAY, "05-Oct-26", None, None),  # 2026 or the fifth?
    (DAY, "31 Feb 2026", None, None),
    (MOMENT, "2026-10-31 10:05:00", TEN, None),
    (MOMENT, "2026-10-31T10:05:00", TEN, None),
    (MOMENT, "2026/10/31 10:05", TEN, None),
    (MOMENT, "2026-10-31T10:05:00+08:00", TEN, None),
    (MOMENT, "2026-10-30 24:00:00", datetime(2026, 10, 31), None),
    (MOMENT, "2026-10-30 24:05:00", None, None),
    (MOMENT, "2026-10-31 1a:05:00", None, None),
    (MOMENT, "1989-12-31T23:59:59.999999", None, None),
    (MOMENT, "1990-01-01T00:00", datetime(1990, 1, 1), None),
    (MOMENT, "2100-12-31T23:59:59.999999", datetime(2100, 12, 31, 23, 59, 59, 999999), None),
    (MOMENT, "2100-12-31 24:00", None, None),
    (MOMENT, "01 Jan 2101 00:00", None, None),
    (MOMENT, "2026-10-31T02:05:00Z", TEN, "time_zone"),
    (MOMENT, "2026-10-31T11:05:00+09:00", TEN, "time_zone"),
    (MOMENT, "2026-10-30T22:05:00-0400", TEN, "time_zone"),
    (MOMENT, "2026年10月31日 10时05分", TEN, "date_style"),
    (MOMENT, "20261031 10:05:00", TEN, "date_style"),
    (MOMENT, "2026-10-31 上午 10:05:00", TEN, "date_style"),
    (MOMENT, "2026/10/31 下午3:20", datetime(2026, 10, 31, 15, 20), "date_style"),
    (MOMENT, "2026年10月31日 晚上8点30分", datetime(2026, 10, 31, 20, 30), "date_style"),
    (MOMENT, "2026-10-31 中午12:10", datetime(2026, 10, 31, 12, 10), "date_style"),
    (MOMENT, "2026-10-31 凌晨12:10", datetime(2026, 10, 31, 0, 10), "date_style"),
    (MOMENT, "2026-10-31 下午 15:20", datetime(2026, 10, 31, 15, 20), "date_style"),
    (MOMENT, "2026-10-31 3:20 PM", datetime(2026, 10, 31, 15, 20), "date_style"),
    (MOMENT, "2026/10/31 12:05 a.m.", datetime(2026, 10, 31, 0, 5), "date_style"),
    (MOMENT, "2026-10-31 晚上12:10", None, None),  # of this day or of the next?
    (MOMENT, "2026-10-31 上午 15:00", None, None),
    (MOMENT, "2026-10-31 下午3:70", None, None),
    (MOMENT, "2026-02-30 下午3:20", None, None),
    (MOMENT, "Oct 31, 2026 10:05", TEN, "date_style"),
    (MOMENT, "Sat, 31 October 2026 10:05:00", TEN, "date_style"),
    (MOMENT, "31-Oct-2026 10:05 PM", datetime(2026, 10, 31, 22, 5), "date_style"),
    (MOMENT, "2026-Sep-05", datetime(2026, 9, 5), "date_style"),
    (MOMENT, "46326.4201388889", TEN, "excel_serial"),
    (MOMENT, "1793412300000", None, None),  # milliseconds only where the mapping says so
    (ID, "2026103100000001", "2026103100000001", None),
    (ID, "'2026103100000001", "2026103100000001", "text_guard"),
    (ID, '="2026103100000001"', "2026103100000001", "text_guard"),
    (ID, "2026103100000001\t", "2026103100000001", "invisible"),
    (ID, "1001.0", "1001", "decimal_tail"),
    (ID, "ＳＫＵ１００１", "SKU1001", "full_width"),
    (ID, "商品1001", "商品1001", None),
    (ID, " A1", "A1", "invisible"),
    (NAME, "禾苗 土豆 500g", "禾苗 土豆 500g", None),
    (NAME, "禾苗（大）", "禾苗（大）", None),  # a name keeps its own signs
    (NAME, "禾苗\u00a0土豆\n", "禾苗土豆", "invisible"),
    (NAME, "   ", None, None),
    (UNIT, "piece", "piece", None),
    (UNIT, "ＫＧ", "kg", "full_width"),
]


def read(column: Column, written: str) -> tuple[object, str | None]:
    name = column.name
    strict = column_cast(column, f"r_{name}", utc_offset_minutes=480).strict
    repair_steps = RepairSteps([column], utc_offset_minutes=480)
    kinds = " ".join(
        f"when {value} is not null then '{kind.value}'" for kind, value in repair_steps.kinds(name)
    )
    query = (
        f"with strict as (select *, {strict} as s_{name} from (select $1::varchar as r_{name})), "
        f"{repair_steps.steps('strict')} select {repair_steps.value(name)}, "
        f"case when s_{name} is not null then null {kinds} end from repaired"
    )
    return duckdb.execute(query, [written]).fetchall()[0]


@pytest.mark.parametrize(("column", "written", "value", "kind"), DRAWN)
def test_a_text_reads_exactly_or_after_a_named_repair_or_not_at_all(
    column: Column, written: str, value: object, kind: str | None
) -> None:
    assert read(column, written) == (value, kind if value is not None else None)


@pytest.mark.parametrize(
    ("written", "lost"),
    [
        ("2.02611E+17", True),
        ("2E+05", True),
        ("1.2345E17", True),
        ("98765432101234567.0", True),
        ("1234567890123456.0", False),
        ("5E10", False),
        ("1.5E-2", False),
        ("2026103100000001", False),
        ("SKU1E+2", False),
        ("E+", False),
    ],
)
def test_an_id_in_scientific_notation_has_lost_digits(written: str, lost: bool) -> None:
    query = f"select {lost_digits('r')} from (select $1::varchar as r)"
    assert bool(duckdb.execute(query, [written]).fetchall()[0][0]) is lost


@pytest.mark.parametrize(
    ("transform", "written", "value"),
    [
        (Transform.FEN, "1999", "19.990000000"),
        (Transform.FEN, "1", "0.010000000"),
        (Transform.FEN, "0", "0.000000000"),
        (Transform.FEN, "12345678901", "123456789.010000000"),
        (Transform.FEN, "free", "?free"),  # typing refuses it
        (Transform.FEN, "１９９９", "¥19.990000000"),  # never 1,999 yuan
        (Transform.FEN, "1,999", "¥19.990000000"),
        (Transform.FEN, "1e3", "10.000000000"),
        (Transform.FEN, None, None),
        (Transform.EPOCH_MS, "1793412300000", "2026-10-31 10:05:00"),
        (Transform.EPOCH_MS, "1793412300999", "2026-10-31 10:05:00"),
        (Transform.EPOCH_S, "1793412300", "2026-10-31 10:05:00"),
        (Transform.EPOCH_MS, " 1793412300000", "2026-10-31 10:05:00 "),
        (Transform.EPOCH_MS, "soon", "?soon"),
        (Transform.EPOCH_MS, "0", None),  # not yet
        (Transform.JIN, "3", "1.500000000"),
        (Transform.PRICE_PER_JIN, "4.5", "9.000000000"),
        (Transform.GRAM, "250", "0.250000000"),
        (Transform.AS_IS, "x", "x"),
    ],
)
def test_a_foreign_unit_becomes_ours(
    transform: Transform, written: str | None, value: str | None
) -> None:
    sql = converted_text("r", transform, utc_offset_minutes=480)
    assert (
        duckdb.execute(f"select {sql} from (select $1::varchar as r)", [written]).fetchall()[0][0]
        == value
    )


DAY_FIRST, MONTH_FIRST, JOINED = (
    Transform.DAY_FIRST,
    Transform.MONTH_FIRST,
    Transform.DATE_AND_TIME,
)
# done to it, as written, the moment, kind of repair
TURNED: list[tuple[Transform, str, datetime | None, str | None]] = [
    (DAY_FIRST, "31/10/2026 10:05", TEN, None),
    (DAY_FIRST, "31.10.2026 10:05:00", TEN, None),
    (DAY_FIRST, "31-10-2026 10:05", TEN, None),
    (DAY_FIRST, "3/4/2026", datetime(2026, 4, 3), None),
    (DAY_FIRST, "31/10/26 10:05", TEN, None),
    (DAY_FIRST, "31/10/97", None, None),  # of which century?
    (DAY_FIRST, "31/10/2026 10:05 PM", datetime(2026, 10, 31, 22, 5), None),
    (DAY_FIRST, "31/10/2026 24:00", datetime(2026, 11, 1), None),
    (DAY_FIRST, "３１/10/2026 10:05", TEN, "full_width"),
    (DAY_FIRST, "10/31/2026", None, None),
    (DAY_FIRST, "31/02/2026", None, None),
    (DAY_FIRST, "31/10/2026 13:05 PM", None, None),
    (DAY_FIRST, "2026-10-31 10:05:00", TEN, None),  # its year in front means one thing only
    (DAY_FIRST, "46326.4201388889", TEN, "excel_serial"),
    (DAY_FIRST, "31/10/2026 / 10:05", TEN, None),
    (DAY_FIRST, "2026-10-31 / 10:05", TEN, None),
    (MONTH_FIRST, "10/31/2026 10:05", TEN, None),
    (MONTH_FIRST, "3/4/2026", datetime(2026, 3, 4), None),
    (MONTH_FIRST, "10/31/2026 10:05:00 AM", TEN, None),
    (MONTH_FIRST, "31/10/2026", None, None),
    (JOINED, "2026-10-31 / 10:05", TEN, None),
    (JOINED, "2026-10-31 00:00:00 / 10:05:00", TEN, None),  # as a workbook types a day
    (JOINED, "46326 / 0.4201388889", TEN, None),
    (JOINED, "2026-10-31 / 1899-12-30 10:05:00", TEN, None),
    (JOINED, "2026-10-31 / 10:05 AM", TEN, None),
    (JOINED, "2026-10-31 / 2026-10-31 10:05:00", TEN, None),  # the second cell holds it whole
    (JOINED, "2026-10-31", datetime(2026, 10, 31), None),
    (JOINED, "10:05", None, None),
]


@pytest.mark.parametrize(("transform", "written", "value", "kind"), TURNED)
def test_dates_are_turned_as_the_mapping_says_and_never_otherwise(
    transform: Transform, written: str, value: datetime | None, kind: str | None
) -> None:
    text_of = converted_text("r", transform, utc_offset_minutes=480)
    (turned,) = duckdb.execute(
        f"select {text_of} from (select $1::varchar as r)", [written]
    ).fetchall()[0]
    assert read(MOMENT, turned) == (value, kind)


def test_a_day_no_calendar_has_names_the_order_it_was_read_in() -> None:
    for transform, written in ((DAY_FIRST, "12/31/2026"), (MONTH_FIRST, "31/12/2026")):
        text_of = converted_text("r", transform, utc_offset_minutes=480)
        (shown,) = duckdb.execute(
            f"select {text_of} from (select $1::varchar as r)", [written]
        ).fetchall()[0]
        assert shown.startswith(f"?{written} ({transform.value}")


def test_a_row_that_is_one_unit_counts_one_where_anything_stands() -> None:
    text_of = converted_text("r", Transform.ONE, utc_offset_minutes=480)
    query = f"select {text_of} from (values ('7'), ('x'), (NULL)) t(r)"
    assert [row[0] for row in duckdb.execute(query).fetchall()] == ["1", "1", None]


@pytest.mark.parametrize(("column", "written", "value", "kind"), DRAWN)
def test_a_text_cleaned_in_place_reads_the_same(
    column: Column, written: str, value: object, kind: str | None
) -> None:
    how = column_cast(column, "r", utc_offset_minutes=480)
    tries = ", ".join([how.strict, *(sql for _, sql in how.repaired)])
    query = f"select coalesce({tries}) from (select $1::varchar as r)"
    assert duckdb.execute(query, [written]).fetchall() == [(value,)]
