"""Validate a frame: rules become expectations, their results become `CheckResult`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from assets.checks.gx import great_expectations, run_expectation_suite
from assets.checks.results import CheckResult, LabelShare, Status, check_name, unevaluated
from data_contracts.rules import Rule, RuleKind
from data_contracts.rules.batch import BatchKind, BatchRule
from data_contracts.table import Table


@dataclass(frozen=True)
class BatchBound:
    """A rule on rows as a whole, with the bounds that earlier days give it.

    `seen`, `expected`: texts for the result; without `seen` the expectation's figure is shown.
    """

    rule: BatchRule
    params: Mapping[str, Any] = field(default_factory=dict)
    seen: str | None = None
    expected: str | None = None

    @property
    def name(self) -> str:
        return self.rule.name


def validate(
    frame: pd.DataFrame, rules: Sequence[Rule | BatchBound], table: Table
) -> list[CheckResult]:
    """Validate `frame` against `rules` with Great Expectations; one result per rule, in order.

    Rules on rows are not evaluated on an empty frame. Raises RuntimeError for an expectation that
    could not be evaluated.
    """
    applicable = [rule for rule in rules if isinstance(rule, BatchBound) or not frame.empty]
    by_rule = _results_by_rule(frame, applicable, table) if applicable else {}
    return [
        _check_result(by_rule[rule.name], rule, len(frame))
        if rule.name in by_rule
        else unevaluated(rule, Status.NO_ROWS)
        for rule in rules
    ]


def _results_by_rule(
    frame: pd.DataFrame, rules: Sequence[Rule | BatchBound], table: Table
) -> dict[str, Any]:
    expectations = [expectation(great_expectations().expectations, rule) for rule in rules]
    return {
        str(result.expectation_config.meta["rule"]): result
        for result in run_expectation_suite(frame, table.name, expectations)
    }


def _check_result(result: Any, rule: Rule | BatchBound, rows: int) -> CheckResult:
    if result.exception_info and result.exception_info.get("raised_exception"):
        raise RuntimeError(
            f"expectation {rule.name} could not be checked: "
            f"{result.exception_info.get('exception_message')}"
        )
    details = result.result or {}
    if isinstance(rule, BatchBound):
        return _batch_result(result, rule, rows)
    return CheckResult(
        check_name(rule),
        bool(result.success),
        rows,
        int(details.get("unexpected_count") or 0),
        round(float(details.get("unexpected_percent") or 0.0), 4),
    )


def _batch_result(result: Any, bound: BatchBound, rows: int) -> CheckResult:
    details = result.result or {}
    seen = bound.seen
    shares: tuple[LabelShare, ...] = ()
    if bound.rule.kind is BatchKind.SCHEMA:
        mismatched = (details.get("details") or {}).get("mismatched") or {}
        differences = [
            f"{kind} {', '.join(sorted(mismatched[kind]))}"
            for kind in sorted(mismatched)
            if mismatched[kind]
        ]
        seen = "; ".join(differences) or bound.expected
    if bound.rule.kind is BatchKind.SHIFT:
        divergence = details.get("observed_value")
        seen = "∞" if divergence is None else f"{float(divergence):.3f}"
        shares = _label_shares(details.get("details") or {})
    return CheckResult(
        check_name(bound),
        bool(result.success),
        rows,
        0,
        0.0,
        seen=seen,
        expected=bound.expected,
        shares=shares,
    )


def _label_shares(details: Mapping[str, Any]) -> tuple[LabelShare, ...]:
    expected, seen = details["expected_partition"], details["observed_partition"]
    return tuple(
        LabelShare(str(label), round(float(before), 5), round(float(now), 5))
        for label, before, now in zip(
            expected["values"], expected["weights"], seen["weights"], strict=True
        )
    )


def expectation(expectations: Any, rule: Rule | BatchBound) -> Any:
    """Translate `rule` into the expectation of Great Expectations with the same meaning."""
    if isinstance(rule, BatchBound):
        return _batch_expectation(expectations, rule)
    return _row_expectation(expectations, rule)


def _batch_expectation(expectations: Any, bound: BatchBound) -> Any:
    meta = {"rule": bound.name}
    column = bound.rule.column
    match bound.rule.kind:
        case BatchKind.SCHEMA:
            return expectations.ExpectTableColumnsToMatchSet(
                column_set=bound.params["columns"], exact_match=True, meta=meta
            )
        case BatchKind.FRESHNESS:
            return expectations.ExpectColumnMaxToBeBetween(
                column=column, min_value=bound.params["minimum"], meta=meta
            )
        case BatchKind.VOLUME | BatchKind.SIZE:
            return expectations.ExpectTableRowCountToBeBetween(
                min_value=bound.params["minimum"], max_value=bound.params.get("maximum"), meta=meta
            )
        case BatchKind.SHIFT:
            shares = bound.params["shares"]
            return expectations.ExpectColumnKLDivergenceToBeLessThan(
                column=column,
                partition_object={"values": list(shares), "weights": list(shares.values())},
                threshold=bound.params["maximum"],
                meta=meta,
            )


def _row_expectation(expectations: Any, rule: Rule) -> Any:
    meta = {"rule": rule.name}
    column = rule.columns[0]
    match rule.kind:
        case RuleKind.REQUIRED:
            return expectations.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case RuleKind.RANGE:
            return expectations.ExpectColumnValuesToBeBetween(
                column=column,
                min_value=rule.params["minimum"],
                max_value=rule.params["maximum"],
                strict_min=rule.params["exclusive_minimum"],
                meta=meta,
            )
        case RuleKind.CODES:
            values = rule.params["values"]
            return expectations.ExpectColumnValuesToBeInSet(
                column=column, value_set=values, meta=meta
            )
        case RuleKind.PATTERN:
            pattern = f"^(?:{rule.params['pattern']})$"
            return expectations.ExpectColumnValuesToMatchRegex(
                column=column, regex=pattern, meta=meta
            )
        case RuleKind.NOT_ABOVE:
            return expectations.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=rule.columns[1],
                column_B=column,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                meta=meta,
            )
        case RuleKind.UNIQUE:
            if len(rule.columns) == 1:
                return expectations.ExpectColumnValuesToBeUnique(column=column, meta=meta)
            return expectations.ExpectCompoundColumnsToBeUnique(
                column_list=list(rule.columns), ignore_row_if="never", meta=meta
            )
        case RuleKind.TYPE:
            raise ValueError("types are guaranteed by storage")
