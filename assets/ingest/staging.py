"""Stage one file: every row read once, typed, masked and judged, written to a scratch Parquet.

Good rows and bad rows end in one staged file, so that rows read = good + bad can be counted and
nothing is read twice. What is not streamed is never held: memory does not grow with the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from assets.ingest import expressions as ex
from assets.resources.inbox import ROW_NUMBER, CsvRows, ExportFile, Malformed, header, match_columns
from assets.resources.lakehouse import QueryError, Session, literal
from data_contracts.rules import Rule, row_rules
from data_contracts.table import Table, Type
from data_contracts.tables.bookkeeping import QUARANTINE

BROKEN_RULE = "broken_rule"  # index into row_rules(table); NULL: the row is good
BAD_VALUE = "bad_value"

BUSINESS_DATE = "business_date"
MALFORMED_CODE = "row.fields"


@dataclass(frozen=True)
class Staged:
    """A staged file: where its rows are, how many were read, which are bad."""

    file: ExportFile
    path: Path
    rows_read: int
    rows_good: int
    quarantine: pa.Table
    ignored_columns: tuple[str, ...]

    @property
    def rows_bad(self) -> int:
        return self.quarantine.num_rows


def stage(session: Session, file: ExportFile, scratch: Path, cutoff_minutes: int) -> Staged:
    """Read `file` into a staged Parquet under `scratch`.

    Raises ExportError when the file is not readable as its contract.
    """
    matched = match_columns(file)
    path = scratch / f"{file.table.name}-{file.sha256[:16]}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    csv = None if file.is_parquet else CsvRows(file, list(matched.values()))
    if csv is None:
        source = (
            f"(select *, file_row_number + 1 as {ROW_NUMBER} "
            f"from read_parquet({literal(file.path)}, file_row_number = true))"
        )
    else:
        source = "staging_source"
        session.register(source, csv.reader())
    types = {str(row[0]): str(row[1]) for row in session.rows(f"describe from {source}")}
    query = staging_query(file, source, matched, types, cutoff_minutes)
    try:
        session.run(f"copy ({query}) to {literal(path)} (format parquet)")
    except QueryError as error:
        if csv is not None and csv.failure is not None:
            raise csv.failure from error
        raise
    staged = f"read_parquet({literal(path)})"
    rows, bad = session.rows(f"select count(*), count({BROKEN_RULE}) from {staged}")[0]
    malformed = csv.malformed if csv is not None else []
    return Staged(
        file=file,
        path=path,
        rows_read=rows + len(malformed),
        rows_good=rows - bad,
        quarantine=_quarantined(session, file, staged, malformed),
        ignored_columns=tuple(name for name in header(file) if name not in matched.values()),
    )


def staging_query(
    file: ExportFile,
    source: str,
    matched: dict[str, str],
    types: dict[str, str],
    cutoff_minutes: int,
) -> str:
    """Query that types, masks and judges every row of `source`.

    `matched`: contract column → header of the file. `types`: header → DuckDB type.
    """
    present = [column for column in file.table.columns if column.name in matched]
    as_it_is = {
        column.name
        for column in present
        if file.is_parquet
        and column.type is not Type.TEXT
        and ex.compatible(column, types[matched[column.name]])
    }
    texts, values = [], []
    for column in present:
        found, raw = matched[column.name], f"r_{column.name}"
        if column.name in as_it_is:
            texts.append(f"{ex.quoted(found)} as {raw}")
            values.append(f"{raw}::{column.type.duckdb} as {column.name}")
        else:
            texts.append(f"{ex.text_of(found)} as {raw}")
            values.append(f"{ex.typed(column, raw)} as {column.name}")
    rules = _rules_by_index(file.table, matched)
    return f"""
with texts as (select {", ".join(texts)}, {ROW_NUMBER} from {source}),
typed as (select *, {", ".join(values)} from texts),
judged as (select *, {_first_broken(file.table, rules)} as {BROKEN_RULE} from typed)
select {", ".join(_final_columns(file, matched, rules, cutoff_minutes))} from judged"""


def _rules_by_index(table: Table, matched: dict[str, str]) -> dict[int, Rule]:
    return {
        index: rule
        for index, rule in enumerate(row_rules(table))
        if all(name in matched for name in rule.columns)
    }


def _first_broken(table: Table, rules: dict[int, Rule]) -> str:
    """Index of the first broken rule, NULL when the row is good."""
    conditions = " ".join(
        f"when {ex.broken(rule, table)} then {index}" for index, rule in rules.items()
    )
    return f"(case {conditions} end)::integer" if conditions else "NULL::integer"


def _final_columns(
    file: ExportFile, matched: dict[str, str], rules: dict[int, Rule], cutoff_minutes: int
) -> list[str]:
    table = file.table
    final = [
        f"{ex.masked(column, column.name)} as {column.name}"
        if column.name in matched
        else f"NULL::{column.type.duckdb} as {column.name}"
        for column in table.columns
    ]
    if table.partition == BUSINESS_DATE:
        shift = 1440 - cutoff_minutes
        final.append(f"cast({table.event_time} + interval {shift} minute as date) as business_date")
    shown = " ".join(
        f"when {index} then r_{rule.columns[0]}::varchar"
        for index, rule in rules.items()
        if ex.shows_value(table.column(rule.columns[0]))
    )
    value = f"case {BROKEN_RULE} {shown} else '***' end" if shown else "'***'"
    return [
        *final,
        f"{literal(file.sha256)} as file_sha256",
        ROW_NUMBER,
        BROKEN_RULE,
        f"case when {BROKEN_RULE} is not null then left({value}, 200) end as {BAD_VALUE}",
    ]


def _quarantined(
    session: Session, file: ExportFile, staged: str, malformed: list[Malformed]
) -> pa.Table:
    rules = row_rules(file.table)
    common = {"export": file.table.name, "file_name": file.name, "file_sha256": file.sha256}
    found = []
    for number, index, value in session.rows(
        f"select {ROW_NUMBER}, {BROKEN_RULE}, {BAD_VALUE} from {staged} "
        f"where {BROKEN_RULE} is not null order by 1"
    ):
        english, chinese = ex.reason(rules[index], file.table)
        found.append(
            common
            | {
                "row_number": number,
                "column_name": rules[index].columns[0],
                "reason_code": rules[index].name,
                "reason": english,
                "reason_zh": chinese,
                "raw_value": value,
            }
        )
    for row in malformed:
        found.append(
            common
            | {
                "row_number": row.row_number,
                "column_name": None,
                "reason_code": MALFORMED_CODE,
                "reason": f"the row has {row.found_fields} fields, the header "
                f"{row.expected_fields}; check separators and quotes",
                "reason_zh": f"该行有{row.found_fields}列，表头有{row.expected_fields}列，"
                "请检查分隔符与引号",
                "raw_value": None,
            }
        )
    return pa.Table.from_pylist(found, schema=QUARANTINE.arrow_schema())
