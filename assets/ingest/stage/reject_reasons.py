"""Write what is wrong with a bad row and how to correct it, in English and Chinese.

Not here: finding the reason code of a row (`staging_queries.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from assets.ingest.stage.casting.lost_digits import LOST_DIGITS, MADE_A_DATE
from data_contracts.repairs import RepairKind
from data_contracts.rules import Rule, RuleKind, row_rules
from data_contracts.table import Table, TextForm, Type
from data_contracts.units import Unit


def reason_of(code: str, table: Table, unknown_words: Sequence[str] = ()) -> tuple[str, str]:
    """Write the reason of a code (`quantity_units.range`); raises KeyError if it is unknown."""
    name, _, kind = code.partition(".")
    if kind == LOST_DIGITS:
        column = table.column(name)
        return (
            f"{name} ({column.zh}) was held as a number by a spreadsheet or a program, which loses "
            "digits; export the column as text",
            f"{column.zh}被表格软件或程序当作数字保存，位数已丢失，请将该列设为文本后重新导出",
        )
    if kind == MADE_A_DATE:
        column = table.column(name)
        return (
            f"{name} ({column.zh}): the spreadsheet turned the id into a date; set the column to "
            "text, type the id again and export it",
            f"{column.zh}被表格软件变成了日期；请将该列设为文本，重新填写编号后导出",
        )
    if kind == RepairKind.ERROR_CELL.value:
        column = table.column(name)
        return (
            f"{name} ({column.zh}) shows an error such as #N/A; correct its formula",
            f"{column.zh}的单元格显示错误（如 #N/A），请更正公式",
        )
    for rule in row_rules(table):
        if rule.name == code:
            return reason(rule, table, unknown_words)
    raise KeyError(f"{table.name} has no rule {code}")


def reason(rule: Rule, table: Table, unknown_words: Sequence[str] = ()) -> tuple[str, str]:
    """Write what breaks `rule` and how to correct it.

    `unknown_words`: words that are no code, where they may be shown.
    """
    column = table.column(rule.columns[0])
    label = f"{column.name} ({column.zh})"
    match rule.kind:
        case RuleKind.REQUIRED:
            return f"{label} is empty; fill it in", f"{column.zh}为空，请补全"
        case RuleKind.TYPE:
            english, chinese = _TYPES[column.type]
            if column.unit is Unit.SALE_UNITS:
                return (
                    f"{label} does not read as {english}; write the number alone, a weight's unit "
                    "in the header, as in 数量(斤)",
                    f"{column.zh}不是有效的{chinese}；单元格只写数字，重量单位写在表头，如“数量(斤)”",
                )
            return (
                f"{label} does not read as {english}; correct the value",
                f"{column.zh}不是有效的{chinese}，请更正",
            )
        case RuleKind.RANGE:
            low, high = rule.params["minimum"], rule.params["maximum"]
            bounds_en = " and ".join(
                part
                for part in (
                    "" if low is None else f"{_above(rule)} {low:,.10g}",
                    "" if high is None else f"at most {high:,.10g}",
                )
                if part
            )
            strict = rule.params["exclusive_minimum"]
            bounds_zh = "，".join(
                part
                for part in (
                    "" if low is None else f"应{'大于' if strict else '不小于'}{low:,.10g}",
                    "" if high is None else f"应不大于{high:,.10g}",
                )
                if part
            )
            return (
                f"{label} must be {bounds_en}; correct the value",
                f"{column.zh}{bounds_zh}，请更正",
            )
        case RuleKind.CODES:
            codes = list(column.codes) if column.codes is not None else []
            listed = ", ".join(f"{one.value} ({one.zh})" for one in codes)
            words = ", ".join(f'"{word}"' for word in unknown_words)
            words_zh = "".join(f"“{word}”" for word in unknown_words)
            return (
                f"{label} {words} is not one of: {listed}".replace("  ", " "),
                f"{column.zh}{words_zh}不在允许的取值内：{'、'.join(one.zh for one in codes)}",
            )
        case RuleKind.PATTERN:
            if column.form is not None:
                english, chinese = _FORMS[column.form]
                return f"{label} does not read as {english}", f"{column.zh}{chinese}"
            return f"{label} must be {column.meaning}", f"{column.zh}格式不对，请更正"
        case RuleKind.NOT_ABOVE:
            other = table.column(rule.columns[1])
            return (
                f"{label} is larger than {other.name}; correct one of them",
                f"{column.zh}大于{other.zh}，请更正其中一个",
            )
        case RuleKind.UNIQUE:
            raise ValueError("uniqueness is not a row rule")


_TYPES = {
    Type.TEXT: ("text", "文本"),
    Type.INTEGER: ("a whole number", "整数"),
    Type.REAL: ("a number", "数字"),
    Type.MONEY: ("an amount", "金额"),
    Type.BOOLEAN: ("yes or no", "“是”或“否”"),
    Type.DATE: ("a date", "日期"),
    Type.TIMESTAMP: ("a time", "时间"),
}

_FORMS = {
    TextForm.WEEKDAYS: (
        "weekdays; write them as 1|3|5 (Monday is 1) or 周一、周三、周五",
        "不是有效的星期，请写作“周一、周三、周五”或“1|3|5”",
    ),
    TextForm.TIME_OF_DAY: (
        "a time of day; write it as 18:00, at most 24:00",
        "不是有效的钟点，请写作“18:00”，最晚“24:00”",
    ),
}


def _above(rule: Rule) -> str:
    return "above" if rule.params["exclusive_minimum"] else "at least"
