"""Write why a header is suggested for a column, or for none, in English and Chinese."""

from __future__ import annotations

from assets.ingest.match.date_order import DateEvidence
from data_contracts.messages import Bilingual
from data_contracts.table import Column, Mask, Type

NOTHING = Bilingual("", "")
OF_STATUS = Bilingual("a part of the order's status", "订单状态的一部分")
OF_ORDER = Bilingual("of the whole order", "整单金额")
OF_CONSENT = Bilingual("says who refused", "说明谁拒绝营销")
MILLISECONDS = Bilingual("13 digits: milliseconds", "13 位数字：毫秒")
SECONDS = Bilingual("10 digits: seconds", "10 位数字：秒")
FEN = Bilingual("its header says fen", "表头注明单位为分")
PER_JIN = Bilingual("its header says per 斤", "表头注明按斤计价")
PERHAPS_FEN = Bilingual(
    "all amounts are whole and large: check whether they are fen",
    "金额全为较大的整数：请确认单位是否为分",
)
JIN = Bilingual("its header says 斤", "表头注明单位为斤")
GRAMS = Bilingual("its header says grams", "表头注明单位为克")

# Notes of built-in mappings on headers that match no column (`excluded_headers`).
EXCLUDED_NOTES = {
    "a person's name or phone, not read": "个人的姓名或电话，不读取",
    "a nickname is no id": "昵称不能当作编号",
    "a nickname is no name": "昵称不是姓名",
    "a number within its group-buy or day is no id": "只在本次团购或当天内有效的序号，不能当作编号",
    "of the whole order, before or after discounts as the system has it": (
        "整单金额，是否已扣优惠因系统而异"
    ),
    "gross of the line; a price per unit is wanted": "该行的总价；需要的是单价",
    "pieces of the whole order": "整单件数",
    "a share or an amount, of the line or of the order": "是比例还是金额、按行还是按单，无法判断",
    "pieces or money": "是件数还是金额，无法判断",
    "before or after discounts": "是否已扣优惠，无法判断",
    "freight is no part of what was paid for a line": "运费不计入该行实付",
    "a row's place may change with the next export": "行号会随下次导出变化，不能当作编号",
    "a country or a town is no pick-up point": "国家或地区不是自提点",
    "part of the product's name, no SKU": "商品名称的一部分，不是商品编码",
    "names the seller": "是卖家",
    "leads the group, is not the buyer": "是团长，不是买家",
    "a length or a count, no name": "是长度或个数，不是名称",
}
_KINDS = {
    Type.TEXT: "文本",
    Type.INTEGER: "整数",
    Type.REAL: "数字",
    Type.MONEY: "金额",
    Type.DATE: "日期",
    Type.TIMESTAMP: "时间",
    Type.BOOLEAN: "是或否",
}


def excluded_header(note: str | None) -> Bilingual:
    """Write why a header matches no column; `note`: the mapping's note on it, if it has one.

    >>> excluded_header("a nickname is no id").zh
    '不是本系统的字段：昵称不能当作编号'
    """
    if not note:
        return Bilingual("nothing known looks like it", "没有相似的已知表头")
    return Bilingual(
        f"none of our columns: {note}", f"不是本系统的字段：{EXCLUDED_NOTES.get(note, note)}"
    )


def known_as(alias: str) -> Bilingual:
    return Bilingual(f"known as {alias}", f"即已知表头 {alias}")


def spelled_like(alias: str) -> Bilingual:
    return Bilingual(f"spelled like {alias}", f"写法近似 {alias}")


def values_do_not_fit(reason: Bilingual, column: Column) -> Bilingual:
    en, zh = _kind(column)
    return Bilingual(
        f"{reason}, but its values do not read as {en}", f"{reason.zh}，但其值不像{zh}"
    )


def values_fit(reason: Bilingual, column: Column) -> Bilingual:
    en, zh = _kind(column)
    return Bilingual(f"{reason}, and its values read as {en}", f"{reason.zh}，其值也像{zh}")


def ambiguous_dates(evidence: DateEvidence, column: Column) -> Bilingual:
    """Write why the order of day, month and year is open, and what to do about it."""
    if evidence.is_mixed:
        correction = Bilingual("export it with the year first", "请按年在前的写法重新导出")
    else:
        correction = Bilingual(
            f"put {column.name} for the ? and {' or '.join(evidence.possible)} next to it",
            f"请把 ? 改为 {column.name}，并在旁边写 {' 或 '.join(evidence.possible)}",
        )
    return join_parts(Bilingual(evidence.description, evidence.description_zh), correction)


def join_parts(*parts: Bilingual) -> Bilingual:
    """Join the parts that are not empty with semicolons.

    >>> join_parts(Bilingual("a", "甲"), NOTHING, Bilingual("b", "乙")).zh
    '甲；乙'
    """
    there = [part for part in parts if part]
    return Bilingual("; ".join(there), "；".join(part.zh for part in there))


def _kind(column: Column) -> tuple[str, str]:
    if column.mask is Mask.PHONE:
        return "a phone", "电话"
    return column.type.name.lower(), _KINDS[column.type]
