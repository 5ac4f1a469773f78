"""Dates whose year has two digits: read where the column shows which part it is, else asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.ingest.match.date_order import date_evidence
from assets.ingest.match.suggest_mapping import suggest_mapping
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from data_contracts.mappings.presets import Source
from data_contracts.mappings.transforms import Transform
from tests.staging import staged

HEADER = "订单编号,下单时间,用户编号,商品编码,数量,单价"
REPAIRED = ("ordered_at", "date_style")


def days(tmp_path: Path, values: list[str], **facts: str) -> list[str]:
    """The moments of orders at `values`, as they are stored."""
    lines = [f"B{n},{value},M1,K1,1,8" for n, value in enumerate(values)]
    made, rows = staged(tmp_path, "orders.csv", "\n".join([HEADER, *lines]) + "\n", **facts)
    kinds = {(row["column_name"], row["kind"]): row["rows"] for row in made.repairs.to_pylist()}
    assert not made.rows_bad and kinds == {REPAIRED: len(values)}
    return [row["ordered_at"].isoformat(" ", "minutes") for row in rows]


READ = [
    (["26/10/28 10:00", "26/10/29 10:00"], ["2026-10-28 10:00", "2026-10-29 10:00"]),
    (["26-10-28 10:00:00", "26-9-2 9:05"], ["2026-10-28 10:00", "2026-09-02 09:05"]),
    (["26.10.28", "26.11.01"], ["2026-10-28 00:00", "2026-11-01 00:00"]),
    (["25/12/31 23:00", "26/1/1 1:00"], ["2025-12-31 23:00", "2026-01-01 01:00"]),
    (["26年10月28日 10:00"], ["2026-10-28 10:00"]),
    (["32/10/28 10:00"], ["2032-10-28 10:00"]),
    (["26/2/3"], ["2026-02-03 00:00"]),
    (["26/10/28 9:30 PM", "26/10/29 10:00 AM"], ["2026-10-28 21:30", "2026-10-29 10:00"]),
]


@pytest.mark.parametrize(("values", "moments"), READ)
def test_a_year_of_two_digits_in_front_is_read_where_nothing_else_is_likely(
    tmp_path: Path, values: list[str], moments: list[str]
) -> None:
    assert days(tmp_path, values) == moments


def test_years_of_two_and_four_digits_in_front_stand_side_by_side(tmp_path: Path) -> None:
    lines = [f"B{n},26/10/{n} 10:00,M1,K1,1,8" for n in range(10, 29)]
    text = "\n".join([HEADER, *lines, "C1,2026-10-29 10:00,M1,K1,1,8"]) + "\n"
    made, rows = staged(tmp_path, "orders.csv", text)
    assert not made.rows_bad
    assert {row["ordered_at"].date().isoformat()[:8] for row in rows} == {"2026-10-"}


ASKED = [
    # one day alone: 2026-10-28 and 2028-10-26 are as likely
    (["26/10/28 10:00"], ["year_first", "day_first"]),
    (["10/11/12 10:00"], ["year_first", "day_first", "month_first"]),
    (["28/10/26", "29/10/26"], ["year_first", "day_first"]),
]


@pytest.mark.parametrize(("values", "orders"), ASKED)
def test_what_could_be_several_days_is_asked_with_those_orders_alone(
    tmp_path: Path, values: list[str], orders: list[str]
) -> None:
    with pytest.raises(ExportError) as caught:
        days(tmp_path, values)
    stated = " or ".join(f'dates = "{order}"' for order in orders)
    assert stated in str(caught.value) and stated.replace(" or ", " 或 ") in caught.value.zh
    assert "no part of" not in str(caught.value)
    assert "year of two digits" in str(caught.value) and "两位" in caught.value.zh


def test_the_order_of_a_year_of_two_digits_may_be_stated(tmp_path: Path) -> None:
    assert days(tmp_path / "y", ["26/10/28"], dates="year_first") == ["2026-10-28 00:00"]
    text = f"{HEADER}\nB1,26/10/28,M1,K1,1,8\n"
    _, (row,) = staged(tmp_path / "d", "orders.csv", text, dates="day_first")
    assert row["ordered_at"].date().isoformat() == "2028-10-26"


def test_a_day_and_its_clock_in_two_cells_are_read_so_too(tmp_path: Path) -> None:
    lines = [f"B{n},26/10/{n},9:05,M1,K1,1,8" for n in (28, 29)]
    header = HEADER.replace("下单时间", "下单日期,下单时间")
    made, rows = staged(tmp_path, "orders.csv", "\n".join([header, *lines]) + "\n")
    assert not made.rows_bad
    assert [row["ordered_at"].isoformat(" ", "minutes") for row in rows] == [
        "2026-10-28 09:05",
        "2026-10-29 09:05",
    ]


def test_a_draft_of_a_mapping_says_which_part_the_year_is() -> None:
    values = ["26/10/28 8:26", "26/10/30 9:00"]
    header = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate"]
    draft = suggest_mapping(
        ORDERS, header, {"InvoiceDate": values}, "own", {"InvoiceDate": date_evidence(values)}
    )
    assert draft.mapping.sources["ordered_at"] == (Source(("InvoiceDate",), Transform.YEAR_FIRST),)
    asked = date_evidence(["26/10/28"])
    draft = suggest_mapping(
        ORDERS, header, {"InvoiceDate": ["26/10/28"]}, "own", {"InvoiceDate": asked}
    )
    (why,) = (one.why for one in draft.guesses if one.header == "InvoiceDate")
    assert "year_first or day_first" in why and draft.missing == ["ordered_at"]


def test_a_day_no_calendar_has_is_set_aside_and_not_read_another_way(tmp_path: Path) -> None:
    lines = [f"B{n},26/10/{n},M1,K1,1,8" for n in range(10, 29)]
    text = "\n".join([HEADER, *lines, "C1,26/2/30,M1,K1,1,8"]) + "\n"
    made, rows = staged(tmp_path, "orders.csv", text, dates="year_first")
    (aside,) = made.quarantine.to_pylist()
    assert aside["reason_code"] == "ordered_at.type" and len(rows) == 19
    assert "year_first" in aside["reason"]


def test_a_moment_that_is_not_demanded_is_read_too(tmp_path: Path) -> None:
    lines = [f"B{n},2026-10-{n} 10:00,26/10/{n} 11:00,M1,K1,1,8" for n in (28, 29)]
    header = HEADER.replace("下单时间", "下单时间,付款时间")
    made, rows = staged(tmp_path, "orders.csv", "\n".join([header, *lines]) + "\n")
    assert not made.rows_bad
    assert [row["paid_at"].isoformat(" ", "minutes") for row in rows] == [
        "2026-10-28 11:00",
        "2026-10-29 11:00",
    ]
