"""Describe checks in words: Chinese first, then English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data_contracts.messages import description
from data_contracts.rules import Rule, RuleKind, batch
from data_contracts.rules.batch import BatchKind, BatchRule
from data_contracts.table import Table


@dataclass(frozen=True)
class Description:
    """A description in both languages."""

    zh: str
    en: str

    @property
    def both(self) -> str:
        return description(self.zh, self.en)


HAS_ROWS = Description("当天有数据", "the day has rows")
OTHER_DAYS = Description(
    "补录：本次导入改动的其他日期，逐行检查", "row rules on the other days that loads have changed"
)


def describe(rule: Rule | BatchRule, table: Table) -> Description:
    """Describe what `rule` requires of `table`."""
    if isinstance(rule, BatchRule):
        return _describe_batch_rule(rule, table)
    labels = "、".join(f"{table.column(name).zh} {name}" for name in rule.columns)
    zh, en = _describe_row_rule(rule, table)
    return Description(f"{labels}：{zh}", en)


def _describe_row_rule(rule: Rule, table: Table) -> tuple[str, str]:
    params = rule.params
    match rule.kind:
        case RuleKind.REQUIRED:
            return "必填", "has a value"
        case RuleKind.TYPE:
            return f"类型 {params['type']}", f"reads as {params['type']}"
        case RuleKind.RANGE:
            words = _range(params)
            return f"取值 {words}", f"within {words}"
        case RuleKind.CODES:
            allowed = ", ".join(params["values"])
            return f"限于 {allowed}", "one of the closed list"
        case RuleKind.PATTERN:
            return f"格式 {params['pattern']}", "the whole value matches the pattern"
        case RuleKind.NOT_ABOVE:
            other = table.column(rule.columns[1])
            return "前者不大于后者", f"not larger than {other.name}"
        case RuleKind.UNIQUE:
            return "主键不重复", "the key occurs once"


def _range(params: Any) -> str:
    low, high = params["minimum"], params["maximum"]
    above = ">" if params["exclusive_minimum"] else "≥"
    words = [] if low is None else [f"{above} {low:g}"]
    words += [] if high is None else [f"≤ {high:,.10g}"]
    return ", ".join(words)


def _describe_batch_rule(rule: BatchRule, table: Table) -> Description:
    match rule.kind:
        case BatchKind.SCHEMA:
            return Description("列和类型符合约定", "stored columns and types are the contract's")
        case BatchKind.FRESHNESS:
            label = table.column(str(rule.column)).zh
            return Description(
                f"{label} {rule.column}：最新一条距业务日结束不超过 {rule.max_age_hours} 小时",
                f"latest event at most {rule.max_age_hours} h old at the end of the business day",
            )
        case BatchKind.VOLUME:
            weeks, low = batch.VOLUME_WEEKS, batch.VOLUME_MIN_RATIO
            return Description(
                f"当天行数，对比前 {weeks} 周同一星期几的中位数（×{low:g} 至 ÷{low:g}）",
                f"rows of the day compared with the median of the same weekday in {weeks} weeks",
            )
        case BatchKind.SIZE:
            share = f"{batch.SIZE_MIN_SHARE:.0%}"
            return Description(
                f"全表行数，不少于上次变动前的 {share}",
                f"rows of the table, at least {share} of the number before the last change",
            )
        case BatchKind.SHIFT:
            column = table.column(str(rule.column))
            shares = "各取值占比" if column.codes is not None else "各分段占比"
            return Description(
                f"{column.zh} {rule.column}：{shares}，对比前 {batch.SHIFT_DAYS} 天",
                f"shares compared with the {batch.SHIFT_DAYS} days before",
            )
