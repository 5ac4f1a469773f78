"""Presets as data: every row means something, and a file's own order and extras never matter."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assets.ingest.match.match_headers import best_matches, closest_header, match_headers
from assets.ingest.match.suggest_mapping import SURE_FROM, suggest_mapping
from data_contracts.exports import BY_NAME, ORDERS
from data_contracts.mappings.presets import (
    AUXILIARY,
    SHARED,
    STATES,
    HeaderMapping,
    Source,
    preset_facts,
    presets,
    read_mapping,
    to_csv,
)
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.transforms import Transform
from tests.presets import (
    KUAITUANTUAN_LINES,
    KUAITUANTUAN_ORDERS,
    YOUZAN_GOODS_REPORT,
    YOUZAN_ORDER_REPORT,
)

LABELS = [f"{mapping.label}/{mapping.export}" for mapping in presets()]


@pytest.mark.parametrize("mapping", presets(), ids=LABELS)
def test_every_version_can_fill_every_required_column(mapping: HeaderMapping) -> None:
    table = BY_NAME[mapping.export]
    coded = {rule.column for rule in mapping.codes}
    assert set(mapping.sources) <= {*table.column_names, *AUXILIARY, *STATES}
    assert [n for n in table.required_names if n not in mapping.sources and n not in coded] == []
    assert mapping.preset in preset_facts()


@pytest.mark.parametrize("mapping", presets(), ids=LABELS)
def test_amounts_of_an_order_never_become_amounts_of_a_line(mapping: HeaderMapping) -> None:
    """应收款(该笔订单总款) repeats on every line: as a line's amount it would count many times."""
    whole = {
        header
        for name in AUXILIARY
        for source in mapping.sources.get(name, ())
        for header in source.headers
    }
    line = {
        header
        for column, sources in mapping.sources.items()
        if column not in AUXILIARY
        for source in sources
        for header in source.headers
    }
    assert not whole & line


def test_a_phone_or_a_nickname_is_no_user_id() -> None:
    words = ("手机", "电话", "昵称", "phone", "mobile", "tel", "nick")
    for mapping in presets():
        for source in mapping.sources.get("user_id", ()):
            assert not any(word in header.lower() for header in source.headers for word in words)


def headers_of(mapping: HeaderMapping) -> list[str]:
    found = [h for sources in mapping.sources.values() for s in sources for h in s.headers]
    return list(dict.fromkeys([*found, *(h for r in mapping.codes for h in r.headers if h != "*")]))


@pytest.mark.parametrize(
    "mapping", [m for m in presets() if m.preset != "generic"], ids=lambda m: m.label
)
def test_order_width_case_and_strangers_change_nothing(mapping: HeaderMapping) -> None:
    header = headers_of(mapping)
    whole = match_headers(header, mapping)
    chance = random.Random(3)
    for _ in range(5):
        shuffled = [*header, "内部备注", "x"]
        chance.shuffle(shuffled)
        spelled = {name: name.upper().replace("(", "（") + " " for name in shuffled}
        found = match_headers(list(spelled.values()), mapping)
        assert found.missing == ()
        assert {
            column: [[normal(h) for h in source.headers] for source in sources]
            for column, sources in found.columns.items()
        } == {
            column: [[normal(h) for h in source.headers] for source in sources]
            for column, sources in whole.columns.items()
        }
        assert len(found.unused_headers) == 2
        assert best_matches(shuffled, export="orders")[0].mapping.preset == mapping.preset


@pytest.mark.parametrize("mapping", presets(), ids=LABELS)
def test_where_the_headers_of_a_version_come_from_is_said(mapping: HeaderMapping) -> None:
    assert mapping.version in preset_facts()[mapping.preset].source


SEEN = [
    (YOUZAN_GOODS_REPORT, ["ordered_at"]),
    ([*YOUZAN_GOODS_REPORT, "订单创建时间"], []),
    ([*YOUZAN_GOODS_REPORT, "买家付款时间"], []),
    (YOUZAN_ORDER_REPORT, ["line_id", "sku_id", "quantity_units"]),
    (KUAITUANTUAN_LINES, []),
    ([name for name in KUAITUANTUAN_LINES if name != "规格"], []),
    (KUAITUANTUAN_ORDERS, ["quantity_units"]),
]


@pytest.mark.parametrize(("header", "missing"), SEEN, ids=[f"{h[1]} {len(h)}" for h, _ in SEEN])
def test_headers_seen_in_exports_are_known_and_those_of_whole_orders_refused(
    header: list[str], missing: list[str]
) -> None:
    label = "youzan sheet" if header[0] == "订单号" else "kuaituantuan sheet"
    best = best_matches(header, export="orders")[0]
    own = best_matches(header, export="orders", preset=label)[0]
    assert list(own.missing) == missing
    assert missing or best.mapping.label == label


def test_what_a_sheet_says_of_a_whole_order_is_read_as_such_or_not_at_all() -> None:
    found = best_matches(KUAITUANTUAN_LINES, export="orders")[0]
    assert found.columns["order_total_yuan"] == (Source(("订单金额",)),)
    assert {"退款金额", "跟团号", "下单人", "商品种类数"} <= {*found.unused_headers, "商品种类数"}
    assert not {"refund_yuan", "paid_amount_yuan", "user_id", "activity_id"} & set(found.columns)


def test_a_dropped_optional_column_is_left_out_and_a_dropped_required_one_named() -> None:
    mapping = next(m for m in presets() if m.label == "shiziyu 2")
    header = [name for name in headers_of(mapping) if name not in ("运费", "商品数量")]
    found = match_headers([*header, "数量(份)"], mapping)
    assert "order_freight_yuan" not in found.columns
    assert found.missing == ("quantity_units",)
    assert closest_header("quantity_units", ["商品数", "备注"], mapping) == "商品数"


def test_headers_that_belong_together_are_read_only_together() -> None:
    mapping = next(m for m in presets() if m.label == "shiziyu 2")
    header = ["商品名称", "商品编码", "订单编号"]  # no 商品规格
    found = match_headers(header, mapping)
    read = {name for sources in found.columns.values() for one in sources for name in one.headers}
    assert read == set(header)
    assert found.columns["line_id"] == (Source(("商品编码",)), Source(("商品名称",)))


def test_our_own_names_and_labels_are_generic() -> None:
    for table in BY_NAME.values():
        for header in (table.column_names, table.zh_headers()):
            best = best_matches(header, export=table.name)[0]
            assert best.missing == () and best.unused_headers == ()


def test_a_mapping_of_ones_own_comes_first_and_reads_back(tmp_path: Path) -> None:
    own = HeaderMapping(
        "ours",
        "",
        "orders",
        {
            "order_id": (Source(("单",)),),
            "line_id": (Source(("单", "品")),),
            "ordered_at": (Source(("时",), Transform.EPOCH_MS),),
            "sku_id": (Source(("品",)),),
            "quantity_units": (Source(("数",)),),
        },
    )
    path = tmp_path / "ours_orders.csv"
    path.write_text(to_csv(own, {"单": "sure"}, ["备注"]), "utf-8-sig")
    back = read_mapping(path)
    assert (back.preset, back.export, back.sources) == ("ours", "orders", own.sources)
    fits = best_matches(["单", "品", "时", "数", "订单编号"], extra=[back])
    assert fits[0].mapping is back


WRONG = [
    ("ours.csv", "", "call it <name>_<export>.csv"),
    ("ours_orders.csv", "a,b\n", "the header must be version,column,header"),
    ("ours_orders.csv", ",colour,h,,,,\n", "row 2: orders has no column 'colour'"),
    ("ours_orders.csv", ",order_id,,,,,\n", "row 2: header is empty"),
    ("ours_orders.csv", ",refund_yuan,h,cents,,,\n", "row 2: no transform is called 'cents'"),
    ("ours_orders.csv", ",order_status,h,,x,done,\n", "row 2: 'done' is no code of order_status"),
]


@pytest.mark.parametrize(("name", "rows", "message"), WRONG)
def test_a_wrong_mapping_names_file_row_and_mend(
    tmp_path: Path, name: str, rows: str, message: str
) -> None:
    path = tmp_path / name
    head = "" if rows.startswith("a,b") else "version,column,header,transform,value,code,note\n"
    path.write_text(head + rows, "utf-8")
    with pytest.raises(ValueError) as caught:
        read_mapping(path)
    assert message in str(caught.value) and str(caught.value).startswith(name)


def test_a_proposal_says_how_sure_it_is_and_leaves_the_rest_open() -> None:
    header = ["单号", "顾客", "购买件数", "单价(分)", "下单", "备用1"]
    samples = {
        "单号": ["1", "2"],
        "购买件数": ["2", "1"],
        "单价(分)": ["490", "990"],
        "下单": ["1793412300000", "1793412310000"],
        "备用1": ["x", "y"],
    }
    found = suggest_mapping(ORDERS, header, samples, "own")
    guesses = {guess.header: guess for guess in found.guesses}
    assert guesses["单号"].column == "order_id"
    assert guesses["单价(分)"].transform is Transform.FEN
    assert guesses["下单"].transform is Transform.EPOCH_MS
    assert guesses["备用1"].confidence < SURE_FROM
    assert set(found.missing) == {"line_id", "sku_id"}
    assert list(found.mapping.sources) == [
        "order_id", "ordered_at", "quantity_units", "unit_price_yuan",
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(SHARED))
def test_a_header_of_an_id_known_in_one_export_is_known_in_all(name: str) -> None:
    mappings = [m for m in presets() if m.preset == "generic" and name in m.sources]
    headers = {one.headers for m in mappings for one in m.sources[name]}
    assert len(mappings) > 1
    for mapping in mappings:
        elsewhere = {
            header.casefold()
            for column, sources in mapping.sources.items()
            if column != name
            for one in sources
            for header in one.headers
        } | {header.casefold() for header, _ in mapping.excluded_headers}
        missing = headers - {one.headers for one in mapping.sources[name]}
        own_label = {(BY_NAME[m.export].column(name).zh,) for m in mappings}
        assert not [
            one
            for one in missing - own_label
            if not any(header.casefold() in elsewhere for header in one)
        ]


def test_a_sku_s_header_of_a_warehouse_system_is_read_in_stock_as_in_orders() -> None:
    found = best_matches(["网格仓编号", "单品编码", "盘点时间", "在库数量"], export="stock")[0]
    assert found.columns["sku_id"] == (Source(("单品编码",)),)


NAMES_ONLY = ["订单编号", "下单时间", "商品名称", "数量", "单价"]  # products without a code
SHIZIYU = [*NAMES_ONLY, "会员昵称", "应收款(该笔订单总款)"]


@pytest.mark.parametrize(
    ("header", "added"),
    [
        ([*NAMES_ONLY, "会员编号", "订单金额", "优惠金额", "运费"], {"user_id", "coupon_yuan"}),
        (["客户编号", "优惠金额", *NAMES_ONLY], {"user_id", "coupon_yuan"}),
        ([*SHIZIYU, "会员编号", "优惠金额"], {"user_id"}),  # the order's total says it already
        (SHIZIYU, set()),
        ([*NAMES_ONLY, "会员昵称", "手机号"], {"receiver_phone"}),
        ([*NAMES_ONLY, "openid"], set()),  # the preset's own
    ],
)
def test_a_sheet_without_codes_of_products_keeps_its_usual_headers(
    header: list[str], added: set[str]
) -> None:
    best, preset = (
        best_matches(header)[0],
        match_headers(header, next(m for m in presets() if m.label == "shiziyu 1")),
    )
    assert not best.missing and set(best.columns) - set(preset.columns) == added
    assert {name: best.columns[name] for name in preset.columns} == preset.columns
    read = {h for sources in best.columns.values() for one in sources for h in one.headers}
    assert read.isdisjoint(best.unused_headers)
    assert best.share == pytest.approx(1 - len(best.unused_headers) / len(header))


@pytest.mark.parametrize(
    ("header", "user", "sku"),
    [
        ("订单编号,下单时间,用户ID,商品编码,规格,数量,单价", "用户ID", "商品编码"),
        (
            "订单编号,下单时间,会员编号,商品编码,商品名称,商品规格,商品数量,商品单价",
            "会员编号",
            "商品编码",
        ),
        (
            "订单编号,下单时间,客户编号,商品名称,商品规格,商品数量,商品单价,状态",
            "客户编号",
            "商品名称",
        ),
        ("订单编号,下单时间,openid,商品编码,商品名称,商品数量,商品单价", "openid", "商品编码"),
        ("订单编号,下单时间,买家ID,门店名称,商品名称,SKU码,商品数量,商品单价", "买家ID", "SKU码"),
    ],
)
def test_a_preset_of_as_many_headers_never_hides_the_user(header: str, user: str, sku: str) -> None:
    found = best_matches(header.split(","), export="orders")[0]
    assert not found.missing
    assert found.columns["user_id"][0].headers == (user,)
    assert found.columns["sku_id"][0].headers[0] == sku
    assert user not in found.unused_headers
