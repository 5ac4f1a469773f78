"""Identify a file of the exports folder: which export it is, its format and its preset.

`platform.toml` wins over the file's name (`orders_2026-10.csv`, a folder `orders/`, 订单…), and the
name over its headers. A file that matches nothing is reported with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.ingest.match.choose_sheets import choose_sheets
from assets.ingest.match.match_headers import (
    HeaderMatch,
    best_matches,
    closest_header,
    with_date_order,
)
from assets.ingest.stage.casting.sniff_dates import with_sniffed_dates
from assets.ingest.stage.orders.row_quantities import QUANTITY, lacks_quantity, with_row_quantities
from assets.resources.readers.detect import detect
from assets.resources.readers.file_format import FileFormat, FormatOverride
from assets.resources.readers.file_index import InboxFile
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError, zh_of
from data_contracts.exports import (
    BY_NAME,
    EXPORTS,
    ORDERS,
    PURCHASE_ORDERS,
    SUPPLIERS,
    SUPPLY_TERMS,
)
from data_contracts.mappings.presets import HeaderMapping, read_mapping
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.transforms import Transform
from data_contracts.platform_file import PIECES, FileFacts
from data_contracts.sku_rename_list import RENAMES_FILE
from data_contracts.table import Table

MAPPINGS_FOLDER = "mappings"  # the platform's own mappings, next to its exports

# Operators' names of these files, in addition to the export's Chinese name.
_NAMES_ZH = {
    "orders": ("订单", "销售明细"),
    "browse": ("浏览",),
    "chat": ("社群", "评价", "聊天"),
    "logistics": ("物流", "配送"),
    "products": ("商品",),
    "communities": ("小区", "自提点"),
    "users": ("用户", "会员"),
    "stock": ("库存",),
    "promotions": ("促销", "活动"),
    "weather": ("天气",),
    "holidays": ("节假日",),
    "contacts": ("触达",),
    "suppliers": (
        *(f"供应商{end}" for end in ("资料", "列表", "名单", "信息", "导出", *".-_(（ ")),
        "供货商",
    ),
    "supply_terms": ("供货", "供应商商品", "供应商报价", "供应商供货"),
    "purchase_orders": ("采购单", "采购明细", "进货单"),
}

# File names that look like orders but are not sales: purchases, carts, cancellations.
OTHER_THAN_SALES = re.compile(
    r"采购|进货|调拨|调货|购物车|加购|询价|报价|模板|模版"
    r"|(?<![含无除去非未])(已?退款|已?退货|已?取消|已?作废|已?关闭)"
    r"|(?<![a-z])(?<!with[-_ ])(?<!incl[-_ ])(?<!without[-_ ])(?<!no[-_ ])(?<!non[-_ ])"
    r"(purchase[-_ ]?order|refund|return|cancell?|void|transfer[-_ ]?order|cart|quotation|template)"
    r"(s|ed|ation|ations)?(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class IdentifiedFile:
    """A file with its export, format and header match. `equals`: presets that match equally well.

    From `platform.toml`: `repeats`, what identical rows of an order mean; `decimal`, the decimal
    sign.
    """

    file: InboxFile
    table: Table
    format: FileFormat
    match: HeaderMatch
    equals: tuple[str, ...] = ()
    repeats: str | None = None
    decimal: str | None = None

    @property
    def headers(self) -> list[str]:
        """Headers that are read, each once, as written in the file."""
        named = [
            header
            for sources in self.match.columns.values()
            for source in sources
            for header in source.headers
        ]
        return list(
            dict.fromkeys([*named, *(h for rule in self.match.codes for h in rule.headers)])
        )

    @property
    def preset(self) -> str:
        return self.match.mapping.label


def export_of_name(name: str) -> Table | None:
    """Return the export that a path names, by its folder or by how the file name begins."""
    parts = name.lower().split("/")
    for folder in parts[:-1]:
        if folder in BY_NAME:
            return BY_NAME[folder]
    stem = parts[-1]
    for table in EXPORTS:
        if re.match(rf"{table.name}([-_.\s(（]|$)", stem):
            return table
    named = [
        (len(name), table)
        for table in EXPORTS
        for name in (table.zh, *_NAMES_ZH.get(table.name, ()))
        if stem.startswith(name)
    ]
    return max(named, key=lambda one: one[0])[1] if named else None


def own_mappings(exports: Path) -> tuple[HeaderMapping, ...]:
    """Read the platform's own mappings (`mappings/*.csv`); raises ExportError if one is wrong."""
    folder = exports / MAPPINGS_FOLDER
    mappings = []
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if path.name == RENAMES_FILE:
            continue
        try:
            mappings.append(read_mapping(path))
        except ValueError as error:
            raise ExportError(str(error), f"{zh_of(error)}") from error
    return tuple(mappings)


def identify(
    file: InboxFile,
    facts: FileFacts,
    own: Sequence[HeaderMapping] = (),
    *,
    export: Table | None = None,
) -> IdentifiedFile:
    """Identify `file`; raises ExportError, naming the nearest export, if it is no known export.

    `facts` (of `platform.toml`) and `export` win over the file's name and headers.
    """
    named = export.name if export else facts.export
    if named is not None and named not in BY_NAME:
        raise ExportError(
            f"{file.name}: no export is called {named!r}; known: {', '.join(sorted(BY_NAME))}",
            f"{file.name}：没有名为 {named!r} 的数据；可用：{', '.join(sorted(BY_NAME))}",
        )
    table = BY_NAME[named] if named else export_of_name(file.name)
    override = FormatOverride(
        encoding=facts.encoding,
        delimiter=facts.delimiter,
        sheet=facts.sheet,
        header_row=facts.header_row,
    )

    def matches_of(header: Sequence[str]) -> list[HeaderMatch]:
        export_name = table.name if table else None
        matches = best_matches(header, export=export_name, preset=facts.preset, extra=own)
        return matches if table else [one for one in matches if _may_be_told_by_headers(one)]

    def is_readable(match: HeaderMatch) -> bool:
        return not match.missing and (table is not None or _is_certain(match, own))

    format_ = detect(file.path, override)
    if facts.sheet is None:
        format_ = choose_sheets(
            file.path, file.name, format_, matches_of, is_readable, _kind_of, facts.header_row
        )
    header = open_rows(file.path, format_, name=file.name).header
    matches = matches_of(header)
    if not matches:
        raise ExportError(*_unknown(file, facts.preset, format_))
    best = matches[0]
    if table is ORDERS and lacks_quantity(best):
        best = with_row_quantities(file, format_, best, facts.repeats)
    if not is_readable(best):
        likeliest = best if table else max(matches, key=lambda one: len(one.columns))
        english, chinese = _misfit(file, table, likeliest, header)
        sheet, sheet_zh = _of_sheet(format_)
        raise ExportError(english + sheet, chinese + sheet_zh)
    is_own = any(best.mapping is mapping for mapping in own)
    equals = tuple(
        other.mapping.label
        for other in matches[1:]
        if not other.missing
        and not is_own
        and other.share == best.share
        and other.columns != best.columns
    )
    if facts.dates is not None:
        best = with_date_order(best, Transform(facts.dates))
    else:
        best = with_sniffed_dates(file, format_, best)
    table = BY_NAME[best.mapping.export]
    if table is ORDERS and named is None and OTHER_THAN_SALES.search(file.name):
        raise ExportError(*_perhaps_no_sales(file))
    repeats = facts.repeats or (PIECES if QUANTITY in best.derived else None)
    return IdentifiedFile(file, table, format_, best, equals, repeats, facts.decimal)


def _perhaps_no_sales(file: InboxFile) -> tuple[str, str]:
    return (
        f"{file.name}: its headers are those of orders, and its name says that its rows may be "
        "none that were sold; move it out of the folder, or, if they count, state it in "
        f'platform.toml: [[files]] name = "{file.name}", export = "orders"',
        f"{file.name}：表头像订单，但从文件名看可能不是销售订单；请移出该文件夹；如应计入，请在 "
        f'platform.toml 中写明：[[files]] name = "{file.name}"，export = "orders"',
    )


def _of_sheet(format_: FileFormat) -> tuple[str, str]:
    """Name the sheet that was read, if a workbook has several, in English and Chinese."""
    if not format_.unread:
        return "", ""
    read, unread = " + ".join(format_.sheets), ", ".join(format_.unread)
    return f" (sheet {read}; not read: {unread})", f"（工作表 {read}；未读取：{unread}）"


def _unknown(file: InboxFile, preset: str | None, format_: FileFormat) -> tuple[str, str]:
    if preset:
        return (
            f"{file.name}: no preset is called {preset!r} for this export",
            f"{file.name}：此类数据没有名为 {preset!r} 的导出模板",
        )
    sheet, sheet_zh = _of_sheet(format_)
    return (
        f"{file.name}: no preset has any of its headers{sheet}; write one with: linli map FILE",
        f"{file.name}：没有导出模板认得其中任何表头{sheet_zh}；请用 linli map 文件 建立映射",
    )


def _kind_of(header: Sequence[str]) -> str | None:
    """Return the export that these headers certainly belong to, or None."""
    matches = filter(_may_be_told_by_headers, best_matches(header))
    sure = (match for match in matches if _is_certain(match, ()))
    return next((match.mapping.export for match in sure), None)


def _may_be_told_by_headers(match: HeaderMatch) -> bool:
    """Decide whether headers alone may name the export: those of purchases resemble sales.

    Without a name a purchase order is one only where its number says so: 采购单号, PO号.
    """
    if match.mapping.export != PURCHASE_ORDERS.name:
        return True
    sources = match.columns.get("po_id", ())
    return any(_OF_A_PURCHASE.match(normal(h)) for one in sources for h in one.headers)


_OF_A_PURCHASE = re.compile(r"采购|进货|po([^a-z]|$)|purchase")
# Headers that occur in files of every kind, so they identify none.
_COMMON = (
    "date", "日期", "time", "时间", "datetime", "timestamp", "name", "名称", "title", "标题",
    "id", "编号", "status", "状态", "type", "类型", "amount", "金额", "note", "备注",
)  # fmt: skip
# Headers of documents that look like orders but are not: purchases, receipts, returns.
_OTHER_PAPERS = (
    "supplier", "vendor_id", "purchase_order", "po_no", "po_number", "po_id", "return_id",
    "return_no", "return_date", "refund_id", "refund_no", "forecast", "quote",
    "供应商", "采购", "入库", "退货单", "退款编号", "退款单", "售后编号", "售后单号", "退换货",
    "预测",
)  # fmt: skip
_PURCHASING = (SUPPLIERS.name, SUPPLY_TERMS.name, PURCHASE_ORDERS.name)  # theirs by nature


def _is_certain(match: HeaderMatch, own: Sequence[HeaderMapping]) -> bool:
    """Decide whether headers alone identify an export: all required columns, and most headers.

    An export that requires only an id needs nearly every header to be known. A platform's own
    mapping was written for its files, so half the headers are enough.
    """
    required = BY_NAME[match.mapping.export].required_names
    if match.missing or not _may_be_told_by_headers(match):
        return False
    if any(match.mapping is mapping for mapping in own):
        return match.share >= 0.5
    common = {normal(header) for header in _COMMON}
    telling = [
        column
        for column, sources in match.columns.items()
        if column not in match.derived and normal(sources[0].headers[0]) not in common
    ]
    is_each_told = set(required) <= {
        *telling,
        *match.derived,
        *(rule.column for rule in match.codes),
    }
    spelled = [normal(header) for header in match.unused_headers]
    is_another = match.mapping.export not in _PURCHASING and any(
        header.startswith(normal(paper)) for header in spelled for paper in _OTHER_PAPERS
    )
    wanted_share = 0.5 if len(required) > 2 else 0.8
    return (
        is_each_told
        and not is_another
        and len(telling) >= max(3, len(required) - len(match.derived))
        and match.share >= wanted_share
    )


def _misfit(
    file: InboxFile, table: Table | None, best: HeaderMatch, header: Sequence[str]
) -> tuple[str, str]:
    if table is None:
        return _of_no_export(file, best)
    # a line number is derived where there is a quantity, so the quantity is what is missing
    lacking = [name for name in best.missing if name != "line_id" or QUANTITY not in best.missing]
    column, has = table.column(lacking[0]), ", ".join(list(header)[:12])
    if column.name == "order_id":
        return (
            f"{file.name}: no header is known as the order number (order_id, {column.zh}); the "
            f"header has {has}. Only an order number says which lines "
            "belong together, so none is made up: export it with one; or map its header with: "
            "linli map FILE. Where you know that all a user bought on a day is one order, say so "
            "in that mapping: column order_id, header <day>+<user>",
            f"{file.name}：没有可识别的订单号表头（order_id，{column.zh}）；现有表头：{has}。"
            "只有订单号能说明哪些行属于同一订单，系统不会自行编造：请带订单号导出，"
            "或用 linli map 文件 指明表头。若确知每个用户一天的购买即为一单，可在映射中写："
            "column 填 order_id，header 填 <日期>+<用户>",
        )
    near = closest_header(column.name, header, best.mapping)
    return (
        f"{file.name}: the required column {column.name} ({column.zh}) is missing; "
        f"the header has {has}"
        + (f"; nearest: {near}" if near else "")
        + ". Add it, rename its header, or map it with: linli map FILE",
        f"{file.name}：缺少必需的列 {column.name}（{column.zh}）；现有表头：{has}"
        + (f"；最接近：{near}" if near else "")
        + "。请补上该列、修改表头，或用 linli map 文件 建立映射",
    )


def _of_no_export(file: InboxFile, best: HeaderMatch) -> tuple[str, str]:
    """Write the error for a file that neither its name nor its headers identify."""
    likeliest, lacking = BY_NAME[best.mapping.export], ", ".join(best.missing)
    name = f"{likeliest.name}_….csv"
    return (
        f"{file.name}: neither its name nor its headers say which export it is (nearest: "
        f"{likeliest.name}{f', which needs {lacking}' if lacking else ''}); name it like {name}, "
        "or state it in platform.toml [[files]]"
        + ("; map unknown headers with: linli map FILE" if lacking else ""),
        f"{file.name}：从文件名和表头都看不出是哪一种数据（最接近：{likeliest.zh}"
        f"{f'，还缺 {lacking}' if lacking else ''}）；请改名，如 {name}，"
        "或在 platform.toml 的 [[files]] 中指明"
        + ("；不认识的表头可用 linli map 文件 建立映射" if lacking else ""),
    )
