"""What is read of a file by its headers and values: lines without a number, dates, phones, which
export it is.
"""

from __future__ import annotations

import pytest

from assets.ingest.match.date_order import date_evidence
from assets.ingest.match.identify_file import _is_certain
from assets.ingest.match.match_headers import best_matches, match_headers
from assets.ingest.match.suggest_mapping import SURE_FROM, suggest_mapping
from data_contracts.exports import ORDERS
from data_contracts.mappings.presets import ANY_HEADER, GENERIC, Source, presets
from data_contracts.mappings.transforms import Transform

UCI = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice"]


def test_a_line_without_a_number_gets_one_made_and_an_order_without_one_none() -> None:
    found = best_matches(UCI, export="orders")[0]
    assert (found.missing, found.derived) == ((), ("line_id",))
    assert found.columns["line_id"] == (Source(("StockCode",)),)
    numbered = best_matches([*UCI, "order_item_id"], export="orders")[0]
    assert (numbered.derived, numbered.columns["line_id"]) == ((), (Source(("order_item_id",)),))
    bare = best_matches(UCI[1:], export="orders")[0]
    assert bare.derived == () and {"order_id", "line_id"} <= set(bare.missing)


def test_a_day_and_its_clock_are_joined_and_neither_is_read_alone() -> None:
    for pair in (["Date", "Time"], ["下单日期", "下单时间"]):
        header = ["InvoiceNo", "StockCode", "Quantity", *pair]
        found = best_matches(header, export="orders")[0]
        assert found.columns["ordered_at"] == (Source(tuple(pair), Transform.DATE_AND_TIME),)
        samples = {pair[0]: ["2026-10-31"], pair[1]: ["08:26"]}
        drafted = suggest_mapping(ORDERS, header, samples, "own").mapping
        assert drafted.sources["ordered_at"] == found.columns["ordered_at"]


DATES = [
    (["03/04/2026", "31/12/2026"], Transform.DAY_FIRST, False),
    (["03/04/2026", "12/31/2026 8:00"], Transform.MONTH_FIRST, False),
    (["31/12/2026", "12/31/2026"], None, True),
    (["03/04/2026", "04/03/2026"], None, False),
    (["31.12.2026 08:00"], Transform.DAY_FIRST, False),
    (["31/12/26"], None, False),  # could be 2031-12-26
    (["12/31/26"], Transform.MONTH_FIRST, False),
    (["2026-12-31", "", None], None, False),
    (["99/99/2026"], None, False),
]


@pytest.mark.parametrize(("values", "order", "is_mixed"), DATES)
def test_one_value_above_twelve_tells_the_order_and_two_that_disagree_tell_none(
    values: list[str | None], order: Transform | None, is_mixed: bool
) -> None:
    found = date_evidence(values)
    assert (found.order, found.is_mixed) == (order, is_mixed)


def test_a_draft_turns_dates_only_where_their_values_say_how() -> None:
    said = {"InvoiceDate": date_evidence(["12/1/2010 8:26", "12/13/2010 9:00"])}
    draft = suggest_mapping(ORDERS, UCI, {"InvoiceDate": ["12/1/2010 8:26"]}, "own", said)
    assert draft.mapping.sources["ordered_at"] == (Source(("InvoiceDate",), Transform.MONTH_FIRST),)
    undecided = (["3/4/2010"], "day_first or month_first")
    for values, word in (undecided, (["31/1/2010", "1/31/2010"], "mixed")):
        open_ = suggest_mapping(
            ORDERS, UCI, {"InvoiceDate": values}, "own", {"InvoiceDate": date_evidence(values)}
        )
        guess = next(one for one in open_.guesses if one.header == "InvoiceDate")
        assert guess.confidence < SURE_FROM and word in guess.why
        assert open_.missing == ["ordered_at"]


def test_phones_under_an_id_of_users_are_no_id() -> None:
    header = ["订单号", "用户ID"]
    open_ = suggest_mapping(ORDERS, header, {"用户ID": ["13800000000", "13900000001"]}, "own")
    assert "user_id" not in open_.mapping.sources


# headers → the export they alone say, None: not certain enough
STRANGERS = [
    ([*UCI, "CustomerID", "Country"], "orders"),
    (["product_id", "product_name", "category", "price"], "products"),
    (["product_id", "product_name", "colour", "width", "height", "photo"], None),
    (["InvoiceNo", "InvoiceDate", "CustomerID", "Total"], None),
    (["date", "city", "tmax", "tmin", "rain"], None),
    (["order_no", "sku", "quantity", "order_date", "supplier_name", "unit_price"], None),
    (["return_id", "order_id", "sku_id", "quantity", "created_at"], None),
    (["order_id", "sku_id", "quantity", "unit_price", "user_id", "date"], None),  # of what?
    (["customer_id", "name", "phone", "complaint", "opened", "agent"], None),
    (["采购单号", "订单号", "商品编码", "数量", "下单时间"], "purchase_orders"),
    (["单据编号", "供应商", "商品编码", "数量", "单价", "日期"], None),  # bought or sold?
    (["供应商编号", "供应商名称", "下单日", "截单时间", "联系人"], "suppliers"),
    (["供应商编码", "商品编码", "采购价", "起订量", "箱规"], "supply_terms"),
]


@pytest.mark.parametrize(("header", "export"), STRANGERS, ids=lambda v: str(v)[:40])
def test_headers_alone_say_what_a_file_is_only_where_they_leave_no_doubt(
    header: list[str], export: str | None
) -> None:
    best = best_matches(header)[0]
    assert (best.mapping.export if _is_certain(best, ()) else None) == export


def test_the_share_of_a_file_is_that_of_its_headers_that_are_read() -> None:
    known = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]
    strange = [f"strange {number}" for number in range(6)]
    for unknown in range(7):
        (mapping,) = (m for m in presets() if (m.preset, m.export) == (GENERIC, "orders"))
        found = match_headers([*known, *strange[:unknown]], mapping)
        assert found.share == pytest.approx(5 / (5 + unknown))
        assert _is_certain(found, ()) is (unknown <= 5), "half of the headers must be known"
        assert _is_certain(found, (mapping,)) is (unknown <= 5)
    assert match_headers([], mapping).share == 0


def test_where_one_id_is_required_nearly_all_headers_must_be_known() -> None:
    known = ["sku_id", "sku_name", "category", "list_price_yuan"]
    (mapping,) = (m for m in presets() if (m.preset, m.export) == (GENERIC, "products"))
    assert _is_certain(match_headers([*known, "strange"], mapping), ())
    assert not _is_certain(match_headers([*known, "strange", "stranger"], mapping), ())
    assert _is_certain(match_headers([*known, "strange", "stranger"], mapping), (mapping,))
    assert not _is_certain(match_headers(["sku_id", "sku_name"], mapping), ()), "three tell a file"


def test_a_word_known_under_any_header_is_translated_in_its_own_column_alone() -> None:
    mapping = next(m for m in presets() if m.preset == GENERIC and m.export == "orders")
    anywhere = [rule for rule in mapping.codes if rule.headers == (ANY_HEADER,)]
    coded = {c.name: c.codes for c in ORDERS.columns if c.codes is not None}
    header = [mapping.sources[name][0].headers[0] for name in coded if name in mapping.sources]
    told = {
        (rule.column, rule.value): rule.code
        for rule in match_headers(header, mapping).codes
        if len(rule.headers) == 1
    }
    labels = {(name, one.zh): one.value for name, codes in coded.items() for one in codes}
    known = {(rule.column, rule.value) for rule in anywhere} | labels.keys()
    assert anywhere and header and told.keys() <= known
    read = {rule.column for rule in anywhere} & {column for column, _ in told}
    assert read
    assert all((rule.column, rule.value) in told for rule in anywhere if rule.column in read)
