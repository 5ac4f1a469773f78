"""Asset checks by Great Expectations: the contracts' rules as expectations on a day's partition.

One declaration serves twice: `data_contracts.rules` is what ingest quarantines by and what is
expected here of what was stored. Above `SAMPLE_ROWS` rows a stated hash sample is checked. A
broken rule on key, type or requirement blocks what rests on the table; the rest warns.

Great Expectations takes seconds to import: it is imported inside the check step only.
"""

import json
import logging
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from assets.day import STEP_LOGGER
from assets.partitions import DAYS
from assets.resources.home import LinliHome
from data_contracts.rules import Rule, RuleKind, table_rules
from data_contracts.table import Table, Type

# Partitioned checks are what a day's check is; Dagster calls them a preview on every start.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

SAMPLE_ROWS = 200_000  # more rows than this are sampled by hash of the key
BLOCKING = {RuleKind.REQUIRED, RuleKind.UNIQUE, RuleKind.TYPE}
NOT_EMPTY = "table.not_empty"


@dataclass(frozen=True)
class Judged:
    """What one expectation found on a table's partition."""

    check: str
    passed: bool
    rows: int
    unexpected: int
    unexpected_percent: float


def checked_rules(table: Table) -> list[Rule]:
    """Rules that are worth an expectation: what storage itself guarantees (types) is left out."""
    return [rule for rule in table_rules(table) if rule.kind is not RuleKind.TYPE]


def check_name(rule: Rule) -> str:
    """Dagster-safe name of a rule's check."""
    return rule.name.replace(".", "__").replace("+", "_and_")


def is_blocking(rule: Rule) -> bool:
    return rule.kind in BLOCKING


def table_checks(table: Table, *, must_have_rows: bool) -> dg.AssetChecksDefinition:
    """One check step for `table` with one result per expectation.

    `must_have_rows`: an empty partition fails and blocks.
    """
    rules = checked_rules(table)
    specs = [
        dg.AssetCheckSpec(
            name=check_name(rule),
            asset=table.name,
            description=describe(rule, table),
            blocking=is_blocking(rule),
            partitions_def=DAYS,
        )
        for rule in rules
    ]
    if must_have_rows:
        specs.append(
            dg.AssetCheckSpec(
                name=check_name_of_not_empty(),
                asset=table.name,
                description="the partition has rows",
                blocking=True,
                partitions_def=DAYS,
            )
        )

    @dg.multi_asset_check(name=f"check_{table.name}", specs=specs)
    def checks(
        context: dg.AssetCheckExecutionContext, linli: LinliHome
    ) -> Iterable[dg.AssetCheckResult]:
        as_of = date.fromisoformat(context.partition_key)
        logging.getLogger(STEP_LOGGER).info(f"check {table.name}")
        frame, share = partition_frame(linli, table, as_of)
        judged = judge(frame, rules, table)
        if must_have_rows:
            judged.append(Judged(NOT_EMPTY, len(frame) > 0, len(frame), 0, 0.0))
        record(linli.report_dir(as_of), table, judged, rules)
        for found in judged:
            yield dg.AssetCheckResult(
                asset_key=table.name,
                check_name=found.check.replace(".", "__"),
                passed=found.passed,
                severity=_severity(found, rules),
                metadata={
                    "rows_checked": found.rows,
                    "unexpected_rows": found.unexpected,
                    "unexpected_percent": found.unexpected_percent,
                    "share_of_rows_checked": share,
                },
            )

    return checks


def check_name_of_not_empty() -> str:
    return NOT_EMPTY.replace(".", "__")


def partition_frame(home: LinliHome, table: Table, as_of: date) -> tuple[pd.DataFrame, float]:
    """Rows of the day's partition (the whole table where it has none), and the share sampled."""
    with home.lakehouse.session() as session:
        where = f"where {table.partition} = $as_of" if table.partition else ""
        rows = session.scalar(f"select count(*) from {table.name} {where}", as_of=as_of)
        every = -(-rows // SAMPLE_ROWS)
        if every > 1:
            key = ", ".join(table.key)
            where += f" {'and' if where else 'where'} hash({key}) % {every} = 0"
        columns = ", ".join(
            f"{column.name}::double as {column.name}" if column.type is Type.MONEY else column.name
            for column in table.columns
        )
        frame = session.frame(f"select {columns} from {table.name} {where}", as_of=as_of)
    return frame, (1.0 if every <= 1 else 1 / every)


def judge(frame: pd.DataFrame, rules: list[Rule], table: Table) -> list[Judged]:
    """Validate `frame` against `rules` with Great Expectations; one result per rule."""
    if frame.empty:
        return [Judged(check_name(rule), True, 0, 0, 0.0) for rule in rules]
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("lake")
    batch = source.add_dataframe_asset(table.name).add_batch_definition_whole_dataframe("day")
    suite = gx.ExpectationSuite(
        name=table.name, expectations=[_expectation(gx.expectations, rule) for rule in rules]
    )
    found = batch.get_batch(batch_parameters={"dataframe": frame}).validate(
        suite, result_format="SUMMARY"
    )
    by_rule = {_rule_name(result): result for result in found.results}
    return [_judged(by_rule[rule.name], rule, len(frame)) for rule in rules]


def _rule_name(result: Any) -> str:
    return str(result.expectation_config.meta["rule"])


def _judged(result: Any, rule: Rule, rows: int) -> Judged:
    if result.exception_info and result.exception_info.get("raised_exception"):
        raise RuntimeError(
            f"expectation {rule.name} could not be checked: "
            f"{result.exception_info.get('exception_message')}"
        )
    details = result.result or {}
    return Judged(
        check_name(rule),
        bool(result.success),
        rows,
        int(details.get("unexpected_count") or 0),
        round(float(details.get("unexpected_percent") or 0.0), 4),
    )


def _expectation(expectations: Any, rule: Rule) -> Any:
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


def describe(rule: Rule, table: Table) -> str:
    """What a check looks at, in Chinese and English."""
    label = ", ".join(f"{name} ({table.column(name).zh})" for name in rule.columns)
    params = {
        key: value for key, value in rule.params.items() if value is not None and value is not False
    }
    return f"{label}: {rule.kind.value} {json.dumps(params, ensure_ascii=False) if params else ''}"


def record(folder: Path, table: Table, judged: list[Judged], rules: list[Rule]) -> None:
    """Put the results of `table` into the day's `checks.json`, in place of earlier ones."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "checks.json"
    stored = json.loads(path.read_text("utf-8")) if path.is_file() else []
    names = {check_name(rule): rule for rule in rules}
    kept = [row for row in stored if row["table"] != table.name]
    kept += [
        {
            "table": table.name,
            "check": found.check,
            "passed": found.passed,
            "severity": _severity(found, rules).value,
            "rows_checked": found.rows,
            "unexpected_percent": found.unexpected_percent,
            "description": describe(names[found.check], table)
            if found.check in names
            else "the partition has rows",
        }
        for found in judged
    ]
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(kept, ensure_ascii=False, indent=1), "utf-8")
    temporary.replace(path)


def _severity(found: Judged, rules: list[Rule]) -> dg.AssetCheckSeverity:
    blocking = {check_name(rule) for rule in rules if is_blocking(rule)} | {NOT_EMPTY}
    return dg.AssetCheckSeverity.ERROR if found.check in blocking else dg.AssetCheckSeverity.WARN


def checks_of(
    tables: Iterable[Table], must_have_rows: Callable[[Table], bool]
) -> list[dg.AssetChecksDefinition]:
    """Check steps of every table."""
    return [table_checks(table, must_have_rows=must_have_rows(table)) for table in tables]
