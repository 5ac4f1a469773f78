"""The sample through each preset: dirty exports give the very tables clean ones give.

Apart from lineage the stored rows are equal to the byte; the rows set aside are those injected.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import LINEAGE_TYPES, stored_columns
from data_contracts.exports import ORDERS
from tests import presets
from tests.pipeline.preset_lake import loaded, preset_of

LINES = 1_500
SHARE = 0.15
BAD_ID = "9999000000000001"


@pytest.fixture(scope="module")
def lines(sample_exports: Path) -> list[presets.Line]:
    """Lines of the sample's first whole orders, one line per SKU of an order."""
    with (sample_exports / "orders.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[: LINES + 20]
    last = rows[-1]["order_id"]
    kept = {(row["order_id"], row["sku_id"]): row for row in rows if row["order_id"] != last}
    whole = presets.orders_of(list(kept.values()))
    # one status, one moment of change per order, as platforms that keep them per order have it
    for found in whole.values():
        for row in found:
            row["order_status"] = found[0]["order_status"]
            row["updated_at"] = found[0]["updated_at"]
            row["activity_id"] = found[0]["activity_id"]
    return [row for found in whole.values() for row in found]


def as_delimited(
    rows: list[presets.Line],
    encoding: str,
    delimiter: str,
    *,
    newline: str = "\r\n",
    excluded_headers: bool = False,
) -> bytes:
    """Columns in an order of chance, with a column nobody asked for."""
    columns = list(rows[0])
    if excluded_headers:
        random.Random(5).shuffle(columns)
        rows = [{**row, "内部备注": "x"} for row in rows]
        columns.insert(3, "内部备注")
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter, lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_workbook(path: Path, rows: list[presets.Line]) -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("订单")
    for place, name in enumerate(rows[0]):
        sheet.write_string(0, place, name)
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row.values()):
            sheet.write_string(number, place, cell)
    book.close()


@pytest.fixture(scope="module")
def clean_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, list], LinliHome]:
    """A home of clean lines as a plain CSV, loaded once under its label: what is soiled in any
    container comes to the same table."""
    homes: dict[str, LinliHome] = {}

    def home(label: str, rows: list[presets.Line]) -> LinliHome:
        if label not in homes:
            homes[label] = loaded(
                tmp_path_factory.mktemp("clean"),
                "orders.csv",
                lambda path: path.write_bytes(as_delimited(rows, "utf-8", ",")),
            )
        return homes[label]

    return home


def canonical(home: LinliHome, columns: list[str] | None = None) -> bytes:
    """Every stored row without its lineage, sorted by key, as bytes."""
    wanted = columns or [name for name in stored_columns(ORDERS) if name not in LINEAGE_TYPES]
    with home.lakehouse.session() as session:
        table = session.arrow(f"select {', '.join(wanted)} from orders order by order_id, line_id")
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=1 << 30)
    assert table.num_rows
    return sink.getvalue()


def set_aside(home: LinliHome) -> dict[int, str]:
    with home.lakehouse.session() as session:
        return dict(session.rows("select row_number, reason_code from quarantine"))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("container", ["xlsx", "gb18030", "utf-16"])
def test_shiziyu_clean_and_dirty_give_the_same_table(
    tmp_path: Path,
    lines: list[presets.Line],
    clean_of: Callable[[str, list], LinliHome],
    version: str,
    container: str,
) -> None:
    rows = presets.shiziyu(lines, version)
    quantity, price = ("数量", "单价") if version == "1" else ("商品数量", "商品单价")
    kinds = presets.Kinds(
        (quantity, price, "应收款(该笔订单总款)", "运费", "优惠券优惠", "退款金额"),
        ("下单时间", "付款时间"),
        ("订单编号", "商品编码"),
    )
    bad = [
        ({"订单编号": BAD_ID, quantity: "0"}, "quantity_units.range"),
        ({"订单编号": BAD_ID, quantity: "两个"}, "quantity_units.type"),
        ({"订单编号": "2.02611E+17"}, "order_id.lost_digits"),
        ({"订单编号": ""}, "order_id.required"),
        ({"订单编号": BAD_ID, "下单时间": "03/04/2026"}, "ordered_at.type"),
        ({"订单编号": BAD_ID, "状态": "不明"}, "order_status.codes"),
    ]
    dirty, injected = presets.with_bad_rows(presets.soil(rows, kinds, SHARE, 1), bad, 2)
    dirty = presets.with_repeats(dirty, 0, 3)

    def write(path: Path, found: list[presets.Line]) -> None:
        if container == "xlsx":
            as_workbook(path, found)
        else:
            path.write_bytes(as_delimited(found, container, "\t", excluded_headers=True))

    suffix = "xlsx" if container == "xlsx" else "csv"
    clean_home = clean_of(f"shiziyu {version}", rows)
    dirty_home = loaded(tmp_path, f"订单.{suffix}", lambda path: write(path, dirty))
    assert preset_of(clean_home) == preset_of(dirty_home) == f"shiziyu {version}"
    assert set_aside(clean_home) == {}
    assert set_aside(dirty_home) == injected
    assert canonical(dirty_home) == canonical(clean_home)
    with clean_home.lakehouse.session() as session:
        shared, due = session.rows("select sum(paid_amount_yuan), sum(refund_yuan) from orders")[0]
        assert session.scalar("select count(*) from orders where paid_amount_yuan is null") == 0
    orders = {row["订单编号"]: row for row in rows}.values()
    total = sum(
        presets.Decimal(row["应收款(该笔订单总款)"]) - presets.Decimal(row["运费"])
        for row in orders
    )
    # the shares of an order's lines add up to its total without freight, to the fen
    assert abs(shared - total) < presets.Decimal("0.01") * len(orders) / 10
    assert due == sum(presets.Decimal(row["退款金额"] or 0) for row in rows)


def test_the_same_rows_twice_count_as_duplicates_and_change_nothing(
    tmp_path: Path, lines: list[presets.Line]
) -> None:
    rows = presets.shiziyu(lines, "2")
    twice = presets.with_repeats(rows, 0.1, 4)
    clean = loaded(tmp_path, "clean.csv", lambda p: p.write_bytes(as_delimited(rows, "utf-8", ",")))
    dirty = loaded(tmp_path, "订单.csv", lambda p: p.write_bytes(as_delimited(twice, "utf-8", ",")))
    assert canonical(dirty) == canonical(clean)
    with dirty.lakehouse.session() as session:
        assert session.rows("select rows_read, rows_loaded, rows_duplicate from ingest_ledger") == [
            (len(twice), len(rows), len(twice) - len(rows))
        ]


def soiled_json(records: list[dict], paths: list[tuple[str, ...]], seed: int) -> list[dict]:
    """Numbers written full-width or with spaces, somewhere in the records."""
    chance = random.Random(seed)
    copied = json.loads(json.dumps(records))
    for record in copied:
        for *folders, key in paths:
            for place in _places(record, folders):
                if chance.random() < SHARE:
                    dirt = chance.choice([presets.wide, lambda text: f" {text}\u00a0"])
                    place[key] = dirt(str(place[key]))
    return copied


def _places(record: dict, folders: list[str]) -> list[dict]:
    found = [record]
    for folder in folders:
        found = [
            item
            for one in found
            for item in (one[folder] if isinstance(one[folder], list) else [one[folder]])
        ]
    return found


def test_kuaituantuan_clean_and_dirty_give_the_same_table(
    tmp_path: Path, lines: list[presets.Line], clean_of: Callable[[str, list], LinliHome]
) -> None:
    records = presets.kuaituantuan(lines)
    paths: list[tuple[str, ...]] = [
        ("confirm_at",),
        ("updated_at",),
        ("sub_order_list", "goods_price"),
        ("sub_order_list", "goods_number"),
        ("sub_order_list", "refund_goods_amount"),
    ]
    dirty = soiled_json(records, paths, 6)
    bad = json.loads(json.dumps(records[0]))
    bad["order_sn"], bad["sub_order_list"] = BAD_ID, bad["sub_order_list"][:1]
    bad["sub_order_list"][0]["goods_number"] = -1
    text = presets.json_lines([bad]) + "{cut off\n" + presets.json_lines(dirty)
    clean_home = loaded(
        tmp_path, "clean.jsonl", lambda p: p.write_text(presets.json_lines(records), "utf-8")
    )
    dirty_home = loaded(tmp_path, "订单.jsonl", lambda p: p.write_text(text, "utf-8"))
    assert preset_of(clean_home) == preset_of(dirty_home) == "kuaituantuan api"
    assert set_aside(dirty_home) == {1: "quantity_units.range", 2: "row.json"}
    assert canonical(dirty_home) == canonical(clean_home)
    # fen and milliseconds come out as the sample has them
    carried = [
        "order_id", "line_id", "ordered_at", "updated_at", "user_id", "community_id", "sku_id",
        "sku_name", "category", "quantity_units", "unit_price_yuan", "receiver_phone",
    ]  # fmt: skip
    native = clean_of("own lines", lines)
    assert canonical(clean_home, carried) == canonical(native, carried)


def test_youzan_clean_and_dirty_give_the_same_table(
    tmp_path: Path, lines: list[presets.Line], clean_of: Callable[[str, list], LinliHome]
) -> None:
    records = presets.youzan(lines)
    paths: list[tuple[str, ...]] = [
        ("full_order_info", "order_info", "created"),
        ("full_order_info", "orders", "price"),
        ("full_order_info", "orders", "num"),
        ("full_order_info", "orders", "payment"),
        ("full_order_info", "pay_info", "payment"),
        ("full_order_info", "pay_info", "post_fee"),
    ]
    dirty = soiled_json(records, paths, 7)
    clean_home = loaded(
        tmp_path, "clean.jsonl", lambda p: p.write_text(presets.json_lines(records), "utf-8")
    )
    dirty_home = loaded(
        tmp_path, "订单.jsonl", lambda p: p.write_text(presets.json_lines(dirty), "utf-8")
    )
    assert preset_of(clean_home) == preset_of(dirty_home) == "youzan api"
    assert set_aside(dirty_home) == {}
    assert canonical(dirty_home) == canonical(clean_home)
    carried = [
        "order_id", "line_id", "ordered_at", "paid_at", "updated_at", "user_id", "community_id",
        "sku_id", "sku_name", "quantity_units", "unit_price_yuan",
    ]  # fmt: skip
    native = clean_of("own lines", lines)
    assert canonical(clean_home, carried) == canonical(native, carried)
    # the freight is taken off each line again, to the half fen its share was rounded by
    paid = "select order_id, line_id, paid_amount_yuan, coupon_yuan from orders order by all"
    with clean_home.lakehouse.session() as ours, native.lakehouse.session() as theirs:
        for found, due in zip(ours.rows(paid), theirs.rows(paid), strict=True):
            assert found[:2] == due[:2]
            assert (found[2] is None) == (due[2] is None)
            if due[2] is not None:
                assert abs(found[2] - due[2]) <= presets.Decimal("0.0151")
    with clean_home.lakehouse.session() as session:
        goods = session.scalar("select sum(paid_amount_yuan) from orders")
    trades = [record["full_order_info"]["pay_info"] for record in records]
    assert sum(trade["post_fee"] != "0.00" for trade in trades) > 100
    due = sum(presets.Decimal(t["payment"]) - presets.Decimal(t["post_fee"]) for t in trades)
    assert abs(goods - due) < presets.Decimal("0.0001") * len(lines)


SHEETS = {
    "youzan sheet": (
        presets.youzan_sheet,
        ["order_id", "ordered_at", "paid_at", "sku_id", "sku_name", "category", "quantity_units",
         "unit_price_yuan", "coupon_yuan", "paid_amount_yuan", "receiver_phone", "order_status"],
        presets.Kinds(
            ("商品数量", "商品优惠后价格", "商品实际成交金额", "店铺优惠（分摊）"),
            ("订单创建时间", "买家付款时间"),
            ("订单号", "规格编码"),
        ),
        "商品数量",
    ),
    "kuaituantuan sheet": (
        presets.kuaituantuan_sheet,
        ["order_id", "ordered_at", "community_id", "sku_name", "category", "quantity_units",
         "receiver_phone", "order_status"],
        presets.Kinds(("数量", "订单金额"), ("支付时间",), ("订单号", "自提点")),
        "数量",
    ),
}  # fmt: skip


@pytest.mark.parametrize("label", SHEETS)
@pytest.mark.parametrize("container", ["xlsx", "gb18030"])
def test_a_sheet_clean_and_dirty_gives_the_same_table(
    tmp_path: Path,
    lines: list[presets.Line],
    clean_of: Callable[[str, list], LinliHome],
    label: str,
    container: str,
) -> None:
    made, carried, kinds, quantity = SHEETS[label]
    lines = with_every_status(lines)
    rows = made(lines)
    bad = [
        ({"订单号": BAD_ID, quantity: "0"}, "quantity_units.range"),
        ({"订单号": "", quantity: "1"}, "order_id.required"),
    ]
    dirty, injected = presets.with_bad_rows(presets.soil(rows, kinds, SHARE, 11), bad, 12)

    def write(path: Path, found: list[presets.Line]) -> None:
        if container == "xlsx":
            as_workbook(path, found)
        else:
            path.write_bytes(as_delimited(found, container, "\t", excluded_headers=True))

    suffix = "xlsx" if container == "xlsx" else "csv"
    clean_home = clean_of(label, rows)
    dirty_home = loaded(tmp_path, f"订单.{suffix}", lambda path: write(path, dirty))
    assert preset_of(clean_home) == preset_of(dirty_home) == label
    assert set_aside(clean_home) == {}
    assert set_aside(dirty_home) == injected
    assert canonical(dirty_home) == canonical(clean_home)
    native = clean_of("every status", lines)
    assert by_sku(clean_home, carried) == by_sku(native, carried)
    with clean_home.lakehouse.session() as session:
        named = "sku_id" if label == "youzan sheet" else "concat(sku_name, ' / ', '%')"
        assert session.scalar(
            f"select count(*) from orders where line_id like {named} and sku_id like {named}"
        ) == len(lines)


def with_every_status(lines: list[presets.Line]) -> list[presets.Line]:
    """The same orders, each status once in seven orders."""
    return [
        {**line, "order_status": list(presets.KTT_STATUS)[place % len(presets.KTT_STATUS)]}
        for place, found in enumerate(presets.orders_of(lines).values())
        for line in found
    ]


def by_sku(home: LinliHome, columns: list[str]) -> list[tuple]:
    """Those columns of every stored line, in the order of order and name of the SKU."""
    with home.lakehouse.session() as session:
        return session.rows(
            f"select {', '.join(columns)} from orders order by order_id, sku_name, {columns[-3]}"
        )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_generic_with_chinese_headers_clean_and_dirty_give_the_same_table(
    tmp_path: Path,
    lines: list[presets.Line],
    clean_of: Callable[[str, list], LinliHome],
    encoding: str,
) -> None:
    zh = {column.name: column.zh for column in ORDERS.columns}
    kinds = presets.Kinds(
        ("quantity_units", "unit_price_yuan", "paid_amount_yuan", "coupon_yuan"),
        ("ordered_at", "paid_at", "updated_at"),
        ("order_id", "line_id", "sku_id", "community_id"),
    )
    bad = [
        ({"order_id": BAD_ID, "quantity_units": "-1"}, "quantity_units.range"),
        ({"order_id": BAD_ID, "sku_id": ""}, "sku_id.required"),
        ({"order_id": BAD_ID, "sale_unit": "车"}, "sale_unit.codes"),
        (
            {"order_id": BAD_ID, "cancelled_units": "9999"},
            "cancelled_units+quantity_units.not_above",
        ),
    ]
    dirty, injected = presets.with_bad_rows(presets.soil(lines, kinds, SHARE, 8), bad, 9)
    label = lambda rows: [{zh[name]: cell for name, cell in row.items()} for row in rows]  # noqa: E731
    native = clean_of("own lines", lines)
    home = loaded(
        tmp_path,
        "订单.csv",
        lambda p: p.write_bytes(as_delimited(label(dirty), encoding, ";", excluded_headers=True)),
    )
    assert set_aside(home) == injected
    assert canonical(home) == canonical(native)
    with home.lakehouse.session() as session:
        kinds_seen = {row[0] for row in session.rows("select distinct kind from repairs")}
    assert {"full_width", "invisible", "number_style", "text_guard", "time_zone", "date_style"} <= (
        kinds_seen
    )
