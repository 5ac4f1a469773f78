"""What of a mapping is applied to a header row, on mappings written for the purpose."""

from __future__ import annotations

import pytest

from assets.ingest.match.match_headers import (
    best_matches,
    closest_header,
    is_line_of_product,
    match_headers,
    with_date_order,
)
from data_contracts.mappings.presets import (
    PAPER,
    PAYMENT,
    SENT_AT,
    CodeRule,
    HeaderMapping,
    Source,
)
from data_contracts.mappings.transforms import Transform


def mapping_of(
    sources: dict[str, tuple[Source, ...]], *codes: CodeRule, export: str = "orders"
) -> HeaderMapping:
    return HeaderMapping("own", "1", export, sources, codes)


AMOUNTS = mapping_of(
    {
        "quantity_units": (Source(("甲",)), Source(("乙", "丙")), Source(("丁",), Transform.BOX)),
        "unit_price_yuan": (Source(("价",)),),
        "sku_name": (Source(("名",)),),
    }
)


@pytest.mark.parametrize(
    ("header", "column", "transform"),
    [
        ("甲(千克)", "quantity_units", Transform.KILOGRAM),
        ("甲（克）", "quantity_units", Transform.GRAM),
        ("甲(件)", "quantity_units", Transform.AS_IS),
        ("价(分)", "unit_price_yuan", Transform.FEN),
        ("价(元/斤)", "unit_price_yuan", Transform.PRICE_PER_JIN),
    ],
)
def test_a_unit_in_brackets_says_how_a_header_is_read(
    header: str, column: str, transform: Transform
) -> None:
    assert match_headers([header], AMOUNTS).columns == {column: (Source((header,), transform),)}


@pytest.mark.parametrize(
    "header",
    [
        "甲(元)",  # a unit of amounts
        "甲(旧)",
        "甲(件",
        "甲)",
        "价(千克)",
        "名(件)",  # a name has no unit
        "乙(件)",  # half of a pair
        "丁(件)",  # read in boxes already
    ],
)
def test_a_header_with_another_word_in_brackets_is_another_header(header: str) -> None:
    found = match_headers([header], AMOUNTS)
    assert (found.columns, found.unused_headers, found.share) == ({}, (header,), 0)


def test_a_pair_of_headers_is_read_where_both_stand() -> None:
    found = match_headers(["乙", "丙", "x"], AMOUNTS)
    assert found.columns == {"quantity_units": (Source(("乙", "丙")),)}
    assert (found.unused_headers, found.share) == (("x",), 2 / 3)
    assert match_headers(["乙", "x"], AMOUNTS).columns == {}


def test_a_code_counts_where_all_its_headers_stand_and_fills_its_column() -> None:
    rule = CodeRule("order_status", ("子", "丑"), "a / b", "paid")
    mapping = mapping_of({"sku_id": (Source(("货",)),)}, rule)
    found = match_headers(["货", "子", "丑", "寅"], mapping)
    assert rule in found.codes and found.has_status
    assert (found.unused_headers, found.share) == (("寅",), 3 / 4)
    half = match_headers(["货", "子"], mapping)
    assert rule not in half.codes and not half.has_status and half.unused_headers == ("子",)


@pytest.mark.parametrize(
    ("column", "has_status"),
    [
        ("order_status", True),
        (PAYMENT, True),
        (SENT_AT, False),
        (PAPER, False),
        ("sku_name", False),
    ],
)
def test_a_time_or_a_kind_of_paper_alone_is_no_status(column: str, has_status: bool) -> None:
    found = match_headers(["某某"], mapping_of({column: (Source(("某某",)),)}))
    assert column in found.columns
    assert found.has_status is has_status


def test_dates_are_turned_where_nothing_else_says_how_they_are_read() -> None:
    mapping = mapping_of(
        {
            "ordered_at": (Source(("日", "时"), Transform.DATE_AND_TIME),),
            "paid_at": (Source(("付",)),),
            "cancelled_at": (Source(("消",), Transform.MONTH_FIRST),),
            "sku_name": (Source(("名",)),),
        }
    )
    match = match_headers(["日", "时", "付", "消", "名"], mapping)
    order = Transform.DAY_FIRST

    def turned(only: list[str] | None) -> dict[str, Transform]:
        found = with_date_order(match, order, only).columns
        return {name: sources[0].transform for name, sources in found.items()}

    as_before = {name: sources[0].transform for name, sources in match.columns.items()}
    every = as_before | {"ordered_at": order, "paid_at": order}
    assert turned(None) == every
    assert turned(["paid_at", "sku_name"]) == as_before | {"paid_at": order}
    assert turned([]) == as_before


def test_a_line_is_of_a_product_where_both_are_read_from_one_header() -> None:
    product = {"sku_id": (Source(("a",)),), "sku_name": (Source(("b",)),)}
    for header, expected in (("a", True), ("b", True), ("c", False)):
        assert is_line_of_product(product | {"line_id": (Source((header,)),)}) is expected
    assert not is_line_of_product(product)


def test_a_line_falls_back_on_the_product_only_where_it_is_read_from_it() -> None:
    def line(headers: tuple[str, ...]) -> tuple[Source, ...]:
        sources = {
            "sku_id": (Source(("规",)), Source(("货",))),
            "line_id": tuple(Source((header,)) for header in headers),
        }
        return match_headers(["规", "货", "行"], mapping_of(sources)).columns["line_id"]

    assert line(("规",)) == (Source(("规",)), Source(("货",)))
    assert line(("行",)) == (Source(("行",)),)


def test_a_preset_or_an_export_asked_for_is_the_only_one_tried() -> None:
    header = ["订单编号", "下单时间", "商品编码", "商品名称", "商品数量", "商品单价", "状态"]
    every = best_matches(header)
    assert len({one.mapping.export for one in every}) > 1
    assert {one.mapping.export for one in best_matches(header, export="orders")} == {"orders"}
    assert {one.mapping.preset for one in best_matches(header, preset="shiziyu")} == {"shiziyu"}
    by_label = best_matches(header, preset="shiziyu 1")
    assert {one.mapping.label for one in by_label} == {"shiziyu 1"}
    assert best_matches(["无人认得的列"]) == []


def test_only_a_header_that_is_much_alike_is_the_closest() -> None:
    mapping = mapping_of({"sku_name": (Source(("abcde",)), Source(("vwxyz",)))})
    assert closest_header("sku_name", ["ABCxx", "q"], mapping) == "ABCxx"  # six of ten letters
    assert closest_header("sku_name", ["abxxx", "q"], mapping) is None
    assert closest_header("sku_name", ["abcdx", "abcde"], mapping) == "abcde"
    assert closest_header("sku_name", ["q", "vwxy"], mapping) == "vwxy"
    assert closest_header("sku_id", ["abcde"], mapping) is None
