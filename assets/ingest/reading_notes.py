"""Say on the run card what of an export is read otherwise than a person would expect of it."""

from __future__ import annotations

from assets.day import DayRun
from assets.ingest.counting_rows import QUANTITY
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INGEST_LEDGER, REPAIRS

_NAMED_FILES = 5


def say_how_read(run: DayRun, table: Table) -> None:
    """Say which columns of `table` had error cells or lost phones, and which files count their
    rows."""
    with run.lake.session(INGEST_LEDGER, REPAIRS) as session:
        found = session.rows(
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
    for column, kind, file_name, rows in found:
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
            f"{table.zh}：显示错误(如#N/A)的单元格按空处理：{columns}",
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
        run.fallback(
            "boxes_unknown",
            f"{table.name}: {sum(boxes.values()):,} rows count boxes whose size no product file "
            "says; each box counts as one unit. Fill 箱规 in: what is loaded from then on is "
            f"converted ({', '.join(list(boxes)[:_NAMED_FILES])})",
            f"{table.zh}：{sum(boxes.values()):,} 行按箱计但箱规未知，每箱按一个销售单位计；"
            f"请在商品档案填箱规，此后载入的即会换算（{', '.join(list(boxes)[:_NAMED_FILES])}）",
        )
    if counted:
        files = ", ".join(list(counted)[:_NAMED_FILES])
        files += " …" if len(counted) > _NAMED_FILES else ""
        run.fallback(
            "rows_counted",
            f"{table.name}: {sum(counted.values()):,} rows have no quantity and count as one piece "
            f"each ({files})",
            f"{table.zh}：{sum(counted.values()):,} 行没有数量列，一行计一件（{files}）",
        )
