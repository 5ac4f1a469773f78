"""Add notes to the run card about values that were read otherwise than one might expect."""

from __future__ import annotations

from datetime import timedelta

from assets.framework.day_asset import DayRun
from assets.ingest.stage.orders.row_quantities import QUANTITY
from data_contracts.codes.orders import OrderStatus
from data_contracts.exports import ORDERS
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, REPAIRS

_MAX_NAMED_FILES = 5
_NOTED_DAYS = 7  # products of older orders are no longer exchanged
_RETURNED_STATES = f"'{OrderStatus.REFUNDED.value}', '{OrderStatus.CANCELLED.value}'"


def note_repairs(run: DayRun, table: Table) -> None:
    """Note error cells, phones with lost digits, boxes of unknown size and files without
    quantities."""
    with run.lake.session(INGEST_LEDGER, REPAIRS) as session:
        repairs = session.rows(
            "select r.column_name, r.kind, r.file_name, r.rows from repairs as r "
            "join ingest_ledger as l using (export, file_sha256) "
            "where r.export = $export and l.rows_loaded > 0 "
            "and r.kind in ($error, $lost, $made, $box) "
            "order by r.rows desc, r.column_name, r.file_name",
            export=table.name,
            error=RepairKind.ERROR_CELL.value,
            lost=RepairKind.LOST_DIGITS.value,
            made=RepairKind.MADE.value,
            box=RepairKind.BOX_UNKNOWN.value,
        )
    errors: dict[str, int] = {}
    lost: dict[str, int] = {}
    counted: dict[str, int] = {}
    boxes: dict[str, int] = {}
    for column, kind, file_name, rows in repairs:
        if kind == RepairKind.ERROR_CELL.value:
            errors[column] = errors.get(column, 0) + rows
        elif kind == RepairKind.LOST_DIGITS.value:
            lost[column] = lost.get(column, 0) + rows
        elif kind == RepairKind.BOX_UNKNOWN.value:
            boxes[file_name] = boxes.get(file_name, 0) + rows
        elif column == QUANTITY:
            counted[file_name] = counted.get(file_name, 0) + rows
    if errors:
        columns = ", ".join(f"{table.column(name).zh} {rows:,}" for name, rows in errors.items())
        run.fallback(
            "error_cells",
            f"{table.name}: cells that show an error such as #N/A are read as empty: {columns}",
            f"{table.zh}：显示错误（如 #N/A）的单元格按空处理：{columns}",
        )
    if lost:
        columns = ", ".join(f"{table.column(name).zh} {rows:,}" for name, rows in lost.items())
        run.fallback(
            "lost_phones",
            f"{table.name}: phones that were held as numbers and lost digits are read as empty: "
            f"{columns}; export the column as text",
            f"{table.zh}：电话被当作数字保存、位数已丢失，按空处理：{columns}；请将该列设为文本后重新导出",
        )
    if boxes:
        named_files = ", ".join(list(boxes)[:_MAX_NAMED_FILES])
        run.fallback(
            "boxes_unknown",
            f"{table.name}: {sum(boxes.values()):,} rows count boxes whose size no product file "
            "says; each box counts as one unit. Fill 箱规 in: what is loaded from then on is "
            f"converted ({named_files})",
            f"{table.zh}：{sum(boxes.values()):,} 行按箱计但箱规未知，每箱按一个销售单位计；"
            f"请在商品档案填箱规，之后导入的会自动换算（{named_files}）",
        )
    if counted:
        files = ", ".join(list(counted)[:_MAX_NAMED_FILES])
        files += " …" if len(counted) > _MAX_NAMED_FILES else ""
        run.fallback(
            "rows_counted",
            f"{table.name}: {sum(counted.values()):,} rows have no quantity and count as one piece "
            f"each ({files})",
            f"{table.zh}：{sum(counted.values()):,} 行没有数量列，一行计一件（{files}）",
        )


def note_split_orders(run: DayRun) -> None:
    """Note how many recent orders are in two exports without line numbers that share no product.

    Both count: such an export may hold a part of the order, or the order with an exchanged product,
    and nothing in the file distinguishes the two.
    """
    with run.lake.session(ORDERS, REPAIRS) as session:
        made = session.rows(
            "select distinct file_sha256 from repairs "
            "where export = $export and column_name = 'line_id' and kind = $made",
            export=ORDERS.name,
            made=RepairKind.MADE.value,
        )
        if not made:
            return
        orders = session.scalar(
            f"""
with exports as (
  select order_id, file_sha256, max(updated_at) as version,
    max(case when list_contains($made, file_sha256) then 1 else 0 end) as is_made,
    min(case when order_status in ({_RETURNED_STATES}) or refund_yuan > 0 then 1 else 0 end)
      as is_back
  from orders where business_date between $first and $as_of
  group by order_id, file_sha256
),
exchanged as (
  select order_id from exports where is_back = 0 group by order_id
  having count(*) > 1 and max(is_made) = 1 and max(version) > min(version)
)
select count(*)::bigint from exchanged""",
            made=[sha256 for (sha256,) in made],
            first=run.as_of - timedelta(_NOTED_DAYS),
            as_of=run.as_of,
        )
    if orders:
        run.fallback(
            "orders_in_parts",
            f"orders: {orders:,} orders are in two exports without line numbers, the later one "
            "changed later and with other products only: the lines of both count. Where a product "
            "was exchanged, export these orders with line numbers (订单行号), or again under the "
            "same file name",
            f"订单明细：{orders:,} 个订单在两个没有订单行号的导出中商品完全不同，且后者更新更晚："
            "两处的行都计入。如为换货，请带订单行号导出，或按原文件名重新导出",
        )
