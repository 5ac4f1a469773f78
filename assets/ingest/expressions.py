"""SQL expressions made from a contract: read a value as its type, mask it, judge it.

Pure text in, text out; nothing is executed here. Every parser gives NULL for what does not read
exactly as the type, so that a value is quarantined and never silently bent: DuckDB alone would
take `3.7` for the integer 4, `0x10` for 16 and `inf` for a date.
"""

from __future__ import annotations

from assets.resources.lakehouse import literal
from data_contracts.rules import Rule, RuleKind
from data_contracts.table import Column, Mask, Personal, Table, Type

TRUE_WORDS = ["true", "t", "1", "yes", "y", "是"]
FALSE_WORDS = ["false", "f", "0", "no", "n", "否"]

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_INTEGER = r"[+-]?\d{1,18}(\.0+)?"
_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
# an explicit offset is accepted only when it is that of the platform's clock
_MOMENT = _DAY + r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?(\+08:?00)?)?"
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

# Noise that binary floating point leaves on a decimal amount; more is a real fifth decimal.
MONEY_NOISE_YUAN = 1e-6


def text_of(header: str) -> str:
    """Trimmed text of a source column, NULL when nothing is left."""
    return f"nullif(trim({quoted(header)}::varchar), '')"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def typed(column: Column, text: str) -> str:
    """Expression that reads `text` as the column's type, NULL when it does not read exactly."""
    match column.type:
        case Type.TEXT:
            return text
        case Type.INTEGER:
            whole = rf"regexp_replace({text}, '\.0+$', '')"
            return _when(text, _INTEGER, f"try_cast({whole} as bigint)")
        case Type.REAL:
            return _when(text, _NUMBER, f"try_cast({text} as double)")
        case Type.MONEY:
            money, real = f"try_cast({text} as decimal(18, 4))", f"try_cast({text} as double)"
            near = f"abs({money}::double - {real}) <= {MONEY_NOISE_YUAN}"
            return _when(text, _NUMBER, f"case when {near} then {money} end")
        case Type.BOOLEAN:
            return (
                f"case when lower({text}) in {_words(TRUE_WORDS)} then true "
                f"when lower({text}) in {_words(FALSE_WORDS)} then false end"
            )
        case Type.DATE:
            return _when(text, _DAY + r"( 0{1,2}:00(:00)?)?", _sane(f"try_cast({text} as date)"))
        case Type.TIMESTAMP:
            return _when(text, _MOMENT, _sane(f"try_cast({text} as timestamp)"))


def compatible(column: Column, source_type: str) -> bool:
    """Whether a Parquet column of that DuckDB type can be taken as it is, without reading text."""
    numeric = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
    accepted = {
        Type.TEXT: {"VARCHAR"},
        Type.INTEGER: numeric,
        Type.REAL: numeric | {"DOUBLE"},
        Type.MONEY: numeric | {Type.MONEY.duckdb},
        Type.BOOLEAN: {"BOOLEAN"},
        Type.DATE: {"DATE"},
        Type.TIMESTAMP: {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "DATE"},
    }
    return source_type in accepted[column.type]


def masked(column: Column, value: str) -> str:
    """Expression that masks a personal value as DOMAIN.md says; the value itself otherwise.

    Phone: middle four digits. Name: family name. Address: down to the community, else nothing.
    Free text: every run of seven or more digits, spaces and dashes between them included.
    """
    match column.mask:
        case Mask.PHONE:
            digits = rf"regexp_replace({value}, '[^0-9]', '', 'g')"
            return (
                f"case when length({digits}) >= 11 "
                f"then left(right({digits}, 11), 3) || '****' || right({digits}, 4) "
                f"when {value} is not null then '***' end"
            )
        case Mask.NAME:
            return f"left({value}, 1) || '*'"
        case Mask.ADDRESS:
            place = r"^.*?(小区|社区|花园|家园|公寓|苑)"
            return (
                f"case when {value} is not null then "
                f"coalesce(nullif(regexp_extract({value}, '{place}'), ''), '***') end"
            )
        case Mask.TEXT:
            return rf"regexp_replace({value}, '\d[\d -]{{5,}}\d', '***', 'g')"
        case None:
            return value


def broken(rule: Rule, table: Table) -> str:
    """Condition that is true when a row breaks `rule`; NULL never breaks a rule but REQUIRED.

    Written over columns `x` (typed) and `r_x` (as read).
    """
    name = rule.columns[0]
    raw = f"r_{name}"
    match rule.kind:
        case RuleKind.REQUIRED:
            return f"{raw} is null"
        case RuleKind.TYPE:
            return f"{raw} is not null and {name} is null"
        case RuleKind.RANGE:
            below = "<=" if rule.params["exclusive_minimum"] else "<"
            parts = []
            if rule.params["minimum"] is not None:
                parts.append(f"{name} {below} {literal(rule.params['minimum'])}")
            if rule.params["maximum"] is not None:
                parts.append(f"{name} > {literal(rule.params['maximum'])}")
            if table.column(name).type is Type.REAL:
                parts.append(f"not isfinite({name})")
            return "(" + " or ".join(parts) + ")"
        case RuleKind.CODES:
            return f"{name} not in {_words(rule.params['values'])}"
        case RuleKind.PATTERN:
            return f"not regexp_full_match({name}, {literal(rule.params['pattern'])})"
        case RuleKind.NOT_ABOVE:
            return f"{name} > {rule.columns[1]}"
        case RuleKind.UNIQUE:
            raise ValueError("uniqueness is not a row rule; duplicates are settled by key")


def reason(rule: Rule, table: Table) -> tuple[str, str]:
    """What is wrong and the mend, in English and in Chinese."""
    column = table.column(rule.columns[0])
    label = f"{column.name} ({column.zh})"
    match rule.kind:
        case RuleKind.REQUIRED:
            return f"{label} is empty; fill it in", f"{column.zh}为空，请补全"
        case RuleKind.TYPE:
            kind = column.type.name.lower()
            return (
                f"{label} does not read as {kind}; correct the value",
                f"{column.zh}不是有效的{_TYPE_ZH[column.type]}，请更正",
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
            return f"{label} must be {bounds_en}; correct the value", f"{column.zh}{bounds_zh}"
        case RuleKind.CODES:
            listed = ", ".join(rule.params["values"])
            return f"{label} is not one of: {listed}", f"{column.zh}不在允许的取值内：{listed}"
        case RuleKind.PATTERN:
            return f"{label} must be {column.meaning}", f"{column.zh}格式不对"
        case RuleKind.NOT_ABOVE:
            other = table.column(rule.columns[1])
            return f"{label} is larger than {other.name}", f"{column.zh}大于{other.zh}"
        case RuleKind.UNIQUE:
            raise ValueError("uniqueness is not a row rule")


_TYPE_ZH = {
    Type.TEXT: "文本",
    Type.INTEGER: "整数",
    Type.REAL: "数字",
    Type.MONEY: "金额（最多四位小数）",
    Type.BOOLEAN: "是/否",
    Type.DATE: "日期",
    Type.TIMESTAMP: "时间",
}


def shows_value(column: Column) -> bool:
    """Whether the value of a bad row may be shown: never in a column that touches a person."""
    return column.personal is Personal.NO


def _above(rule: Rule) -> str:
    return "above" if rule.params["exclusive_minimum"] else "at least"


def _when(text: str, pattern: str, then: str) -> str:
    return f"case when regexp_full_match({text}, {literal(pattern)}) then {then} end"


def _sane(moment: str) -> str:
    return f"case when year({moment}) between {_FIRST_YEAR} and {_LAST_YEAR} then {moment} end"


def _words(words: list[str]) -> str:
    return "(" + ", ".join(literal(word) for word in words) + ")"
