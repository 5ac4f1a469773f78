"""Suppliers, supply terms and purchase orders as operators write them, loaded through ingest."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from tests.lake import asking, home_at, home_with, ingest


def repairs_and_reasons(home) -> tuple[set, list]:
    with asking(home, "from repairs join quarantine") as session:
        repairs = set(session.rows("select column_name, kind, rows from repairs"))
        reasons = session.rows(
            "select reason_code, reason, reason_zh from quarantine order by row_number"
        )
    return repairs, reasons


def test_a_calendar_is_read_by_a_repair_or_its_row_is_quarantined(tmp_path: Path) -> None:
    header = ["供应商编码", "供应商", "联系人", "联系电话", "下单日", "到货日", "截单时间"]
    header += ["起送金额", "备选顺序", "暂停合作"]
    rows = [
        ("G1", "甲", "王五", "13800000001", "1|3|5", "", "18:00", "500", "1", "否"),
        ("G2", "乙", "", "", "周一、周三", "周二至周四", "9：30", "￥1,000", "", "是"),
        ("G3", "丙", "", "", "", "每天", "24:00", "", "2", ""),
        ("G4", "丁", "", "", "工作日", "", "", "", "", ""),
        ("G5", "戊", "", "", "", "", "25:00", "", "", ""),
    ]
    home = home_with(tmp_path, {"供应商资料": (header, rows)})
    sql = (
        "select supplier_id, order_weekdays, delivery_weekdays, order_cutoff, "
        "min_order_yuan::double, backup_rank, is_paused from suppliers order by 1"
    )
    with asking(home, sql) as session:
        assert session.rows(sql) == [
            ("G1", "1|3|5", None, "18:00", 500.0, 1, False),
            ("G2", "1|3", "2|3|4", "09:30", 1000.0, None, True),
            ("G3", None, "1|2|3|4|5|6|7", "24:00", None, 2, None),
        ]
    repairs, reasons = repairs_and_reasons(home)
    assert {
        ("order_weekdays", "weekday_style", 1),
        ("delivery_weekdays", "weekday_style", 2),
        ("order_cutoff", "time_style", 1),
    } <= repairs
    assert [code for code, *_ in reasons] == ["order_weekdays.pattern", "order_cutoff.pattern"]
    assert "does not read as weekdays; write them as 1|3|5" in reasons[0][1]
    assert "请写作“周一、周三、周五”" in reasons[0][2]
    assert "at most 24:00" in reasons[1][1] and "最晚“24:00”" in reasons[1][2]
    written = [path.read_bytes() for path in home.root.rglob("*") if path.is_file()]
    contacts = ("13800000001", "王五")
    assert not [name for name in contacts if any(name.encode() in one for one in written)]


def test_terms_keep_pack_step_and_least_order_apart(tmp_path: Path) -> None:
    header = [
        "供应商编码",
        "商品编码",
        "网格仓编号",
        "采购价",
        "交期(天)",
        "MOQ",
        "箱规",
        "订货倍数",
    ]
    header += ["可供上限", "紧急采购价", "是否首选", "生效日期", "失效日期"]
    rows = [
        ("G1", "K1", "", "3.2", "4", "48", "12", "24", "480", "4.1", "是", "", "2026-09-30"),
        ("G1", "K1", "", "3.2", "4", "48", "10", "20", "", "", "是", "2026-10-01", ""),
        ("G2", "K1", "W1", "3", "2", "500", "12", "", "120", "", "", "", ""),
        ("G2", "K2", "W1", "3", "2", "", "", "", "", "", "", "2026-10-02", "2026-10-01"),
    ]
    home = home_with(tmp_path, {"供货条件_10月": (header, rows)})
    sql = (
        "select supplier_id, warehouse_id, valid_from::varchar, lead_time_days, min_order_units, "
        "pack_size_units, order_step_units, max_order_units, cost_yuan::double, is_preferred "
        "from supply_terms order by 1, 3 nulls first"
    )
    with asking(home, sql) as session:
        assert session.rows(sql) == [
            ("G1", None, None, 4, 48.0, 12.0, 24.0, 480.0, 3.2, True),
            ("G1", None, "2026-10-01", 4, 48.0, 10.0, 20.0, None, 3.2, True),
            # more than may be had at once is the planner's to see: kept
            ("G2", "W1", None, 2, 500.0, 12.0, None, 120.0, 3.0, None),
        ]
    _, reasons = repairs_and_reasons(home)
    assert [code for code, *_ in reasons] == ["valid_from+valid_until.not_above"]


def test_terms_in_boxes_and_in_jin_are_counted_as_the_product_is_sold(tmp_path: Path) -> None:
    products = (
        ["商品编码", "商品名称", "单位", "箱规"],
        [("K1", "可乐", "瓶", 12), ("K2", "土豆", "斤", 10)],
    )
    header = ["供应商编码", "商品编码", "采购价(元/箱)", "起订量(箱)", "箱规"]
    boxes = [("G1", "K1", "48", "2", ""), ("G2", "K1", "60", "2", "20")]
    jin = (
        ["供应商编码", "商品编码", "采购价", "起订量", "箱规"],
        [("G3", "K2", "1.5", "100", "20")],
    )
    units = (
        ["供应商编码", "商品编码", "采购价", "起订量", "箱规", "单位"],
        [("G4", "K1", "48", "2", "24", "箱")],
    )
    home = home_with(
        tmp_path,
        {
            "products": products,
            "supply_terms_1": (header, boxes),
            "supply_terms_2": jin,
            "supply_terms_3": units,
        },
    )
    sql = (
        "select supplier_id, cost_yuan::double, min_order_units, pack_size_units "
        "from supply_terms order by 1"
    )
    with asking(home, sql) as session:
        assert session.rows(sql) == [
            ("G1", 4.0, 24.0, None),
            ("G2", 3.0, 40.0, 20.0),
            ("G3", 3.0, 50.0, 10.0),
            ("G4", 2.0, 48.0, 24.0),
        ]


PURCHASES = [
    "采购单号",
    "行号",
    "供应商",
    "仓库",
    "商品编码",
    "采购日期",
    "采购数量",
    "预计到货日期",
]
PURCHASES += ["入库时间", "入库数量", "状态", "采购单价", "更新时间"]


def purchase(number: str, line: object, sku: str, units: object, **more: str) -> tuple:
    given = {"at": "2026-10-01 10:00:00", "got": "", "came": "", "is": "待入库"} | more
    changed = given.get("changed", given["at"])
    return (
        number, line, "G1", "W1", sku, given["at"], units, "2026-10-04", given["got"],
        given["came"], given["is"], "3.5", changed,
    )  # fmt: skip


def test_the_latest_version_of_a_purchase_order_line_wins(tmp_path: Path) -> None:
    rows = [
        purchase("P1", 1, "K1", 48),
        purchase("P1", 2, "K2", "24件"),
        purchase("P2", "", "K1", 12),
        purchase("P2", "", "K2", 12, **{"is": "已作废"}),
    ]
    later = [
        purchase(
            "P1", 1, "K1", 48, got="2026-10-05 08:00:00", came="40",
            changed="2026-10-05 09:00:00", **{"is": "部分入库"},
        ),
        purchase("P3", 1, "K1", 0),
        purchase("P4", 1, "K1", 5, **{"is": "飞了"}),
    ]  # fmt: skip
    home = home_with(tmp_path, {"采购单_1": (PURCHASES, rows), "采购单_2": (PURCHASES, later)})
    sql = (
        "select po_id, line_id, sku_id, ordered_units, received_units, po_status, "
        "received_at::varchar from purchase_orders order by 1, 2, 3"
    )
    with asking(home, sql) as session:
        assert session.rows(sql) == [
            ("P1", "1", "K1", 48.0, 40.0, "partly_received", "2026-10-05 08:00:00"),
            ("P1", "2", "K2", 24.0, None, "open", None),
            ("P2", None, "K1", 12.0, None, "open", None),
            ("P2", None, "K2", 12.0, None, "cancelled", None),
        ]
    _, reasons = repairs_and_reasons(home)
    assert [code for code, *_ in reasons] == ["ordered_units.range", "po_status.codes"]


def test_lines_below_the_first_belong_to_their_purchase_order(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    book = xlsxwriter.Workbook(str(exports / "采购明细.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["采购单号", "采购日期", "供应商编码", "商品编码", "采购数量"])
    rows = [
        ("P1", "2026-10-01", "G1", "K1", 10), ("", "", "", "K2", 20), ("", "", "", "K3", 30),
        ("P2", "2026-10-02", "G2", "K1", 5), ("", "", "", "K2", 6),
        ("合计", "", "", "", 71),
    ]  # fmt: skip
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, [cell if cell != "" else None for cell in row])
    book.close()
    home = home_at(tmp_path, exports)
    ingest(home)
    sql = "select po_id, supplier_id, sku_id, ordered_units from purchase_orders order by 1, 3"
    with asking(home, sql) as session:
        assert session.rows(sql) == [
            ("P1", "G1", "K1", 10.0),
            ("P1", "G1", "K2", 20.0),
            ("P1", "G1", "K3", 30.0),
            ("P2", "G2", "K1", 5.0),
            ("P2", "G2", "K2", 6.0),
        ]


@pytest.mark.parametrize(
    ("units", "unit", "title", "wanted"),
    [(5, "箱", "采购数量", 60.0), (5, "", "采购数量(箱)", 60.0), (5, "瓶", "采购数量", 5.0)],
)
def test_a_purchase_is_counted_as_the_product_is_sold(
    tmp_path: Path, units: int, unit: str, title: str, wanted: float
) -> None:
    products = (["商品编码", "商品名称", "单位", "箱规"], [("K1", "可乐", "瓶", 12)])
    header = ["采购单号", "商品编码", "采购日期", title, "单价"]
    row: tuple = ("P1", "K1", "2026-10-01", units, 36)
    if unit:
        header, row = [*header, "单位"], (*row, unit)
    home = home_with(tmp_path, {"products": products, "采购订单": (header, [row])})
    sql = "select ordered_units, cost_yuan::double from purchase_orders"
    with asking(home, sql) as session:
        assert session.rows(sql) == [(wanted, 3.0 if wanted == 60.0 else 36.0)]


def test_a_file_called_purchase_orders_is_no_sale(tmp_path: Path) -> None:
    """Headers of customers' orders under that name are those of the purchase order."""
    header = ["订单编号", "下单时间", "商品编码", "数量", "单价"]
    sold = (
        ["订单编号", "下单时间", "用户编号", "商品编码", "数量"],
        [("A1", "2026-10-01", "U1", "K1", 1)],
    )
    bought = (header, [("P1", "2026-10-01", "K1", 500, 3)])
    home = home_with(tmp_path, {"orders": sold, "采购订单_10月": bought})
    with asking(home, "from orders join purchase_orders") as session:
        assert session.rows("select order_id from orders") == [("A1",)]
        assert session.rows("select po_id, ordered_units from purchase_orders") == [("P1", 500.0)]
