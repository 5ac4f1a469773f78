"""What the stream reads by itself, SQL reads to the same value; the masks say the same twice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets.ingest.stage.casting.type_casting import column_cast
from assets.ingest.stage.fast_path import parse_plain
from assets.ingest.stage.personal_masks import mask_of, masked
from data_contracts.exports import EXPORTS
from data_contracts.table import Column, Mask, Type

COLUMNS = [
    column for table in EXPORTS for column in table.columns if column.type is not Type.BOOLEAN
]
# One column of each way to read is enough: the contract has many alike.
KINDS = {
    (
        column.type,
        column.name.endswith("_id"),
        column.codes is not None,
        column.personal,
        column.form,
    ): column
    for column in COLUMNS
}
MASKS = {column.mask: column for column in COLUMNS if column.mask is not None}

SIGNS = "0123456789.,-+:/ eExX_'=`^\t\n\r TZaA\u00a0\u200b\u202e\u2060\ufeff　￥¥（）·“苹果１２"
PIECES = [
    "2026-10-31",
    "10:05:00",
    "24:00",
    "2026/9/4",
    "0001-01-01",
    "9999-12-31",
    "1989-12-31 23:59:59",
    "2101-01-01 00:00:00",
    "+08:00",
    "1|3|5",
    "3|1",
    "0x1F",
    "1e5",
    "nan",
    "inf",
    "1_000",
    "4.90",
    ".0",
    "12345678901234567890",
    "0.12345",
    "99999999.9999",
    "-0",
    "幸福小区",
    "138 1234 5678",
    "13812345678",
]
texts = st.lists(
    st.none()
    | st.sampled_from(PIECES)
    | st.text(SIGNS, max_size=14)
    | st.lists(st.sampled_from(PIECES) | st.text(SIGNS, max_size=2), max_size=3).map("".join)
    | st.text(max_size=6),
    max_size=12,
)


def _by_sql(expression: str, written: list[str | None]) -> list[object]:
    return [
        row[0]
        for row in duckdb.execute(
            f"select {expression} from (select unnest($1::varchar[]) as r, "
            "generate_subscripts($1::varchar[], 1) as place) order by place",
            [written],
        ).fetchall()
    ]


@pytest.mark.parametrize("column", KINDS.values(), ids=lambda column: column.name)
@settings(max_examples=75, deadline=None)
@given(texts)
def test_what_the_stream_reads_is_what_sql_reads(column: Column, written: list[str | None]) -> None:
    written = [text and text.replace("\x00", "") for text in written]
    found = parse_plain(column, pa.array(written, pa.string())).to_pylist()
    strict = _by_sql(column_cast(column, "r", utc_offset_minutes=480).strict, written)
    for text, value, said in zip(written, found, strict, strict=True):
        if column.type is Type.TEXT:
            assert not value or said == text, text
        elif value is not None:
            assert repr(value) == repr(said), text


@pytest.mark.parametrize("column", MASKS.values(), ids=lambda column: column.mask.name)
@settings(max_examples=100, deadline=None)
@given(texts)
@example(["123456789e9", "1\n幸福小区", "", "８６13812345678"])
def test_a_mask_hides_the_same_in_python_and_in_sql(
    column: Column, written: list[str | None]
) -> None:
    make = mask_of(column.mask)
    if make is None:
        assert column.mask is Mask.TEXT
        return
    written = [text and text.replace("\x00", "") for text in written]
    made = [text if text is None else make(text) for text in written]
    assert made == _by_sql(masked(column, "r"), written)


def _column(kind: Type, *, name: str = "") -> Column:
    return next(c for c in COLUMNS if c.type is kind and name in c.name)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (_column(Type.MONEY), "4.90", Decimal("4.9000")),
        (_column(Type.MONEY), "-12", Decimal("-12.0000")),
        (_column(Type.REAL), "1.25", 1.25),
        (_column(Type.INTEGER), "12", 12),
        (_column(Type.TIMESTAMP), "2026-10-31 10:05:00", datetime(2026, 10, 31, 10, 5)),
        (_column(Type.DATE), "2026-10-31", date(2026, 10, 31)),
        (_column(Type.TEXT, name="order_id"), "T2026-10/31#1_a", True),
        (_column(Type.TEXT, name="order_id"), "商品1001", False),
        (_column(Type.TEXT, name="sku_name"), "禾苗 土豆（大） 500g·“甜”", True),
        (_column(Type.TEXT, name="sku_name"), "禾苗\u00a0土豆", False),
        (_column(Type.TEXT, name="sku_name"), "土豆 ", False),
    ],
)
def test_plain_cells_are_read_and_odd_ones_do_not_keep_their_neighbours_from_it(
    column: Column, text: str, value: object
) -> None:
    odd = {Type.MONEY: "¥1", Type.REAL: "1,2", Type.INTEGER: "1,2"}.get(column.type, "31/10/2026 ")
    found = parse_plain(column, pa.array([odd, text, None], pa.string()).slice(1)).to_pylist()
    beside = parse_plain(column, pa.array([odd, text, None, odd], pa.string())).to_pylist()
    assert found[0] == beside[1] == value
    assert found[1] in (None, True)
    assert not beside[0] and not beside[3]
