"""Write the two queries that stage one file: parse, validate, mask.

Pure text; `stage_file.py` runs them. The fast query takes every row whose values parse exactly and
break no rule. A row it cannot take goes to the partition NULL, with its texts packed into
`repairs`. The repair query reads only those rows, repairs them and counts each repair
(`column:kind`, separated by spaces, in `repairs`); bad rows stay in the partition NULL, with reason
code, key, value and row packed into `repairs`. So one write holds all kinds of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage import redact
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.casting.lost_digits import id_columns, lost_id_conditions
from assets.ingest.stage.casting.repair_steps import RepairSteps
from assets.ingest.stage.casting.rounding import exact_paid
from assets.ingest.stage.casting.type_casting import (
    ColumnCast,
    column_cast,
    half_width,
    strip_invisible,
)
from assets.ingest.stage.fast_path import PRECAST_ROW
from assets.ingest.stage.normalise.normalise_stream import NOTED_REPAIRS
from assets.ingest.stage.orders.order_states import OrderStates
from assets.ingest.stage.personal_masks import masked
from assets.ingest.stage.source_columns import SourceColumns, text_map
from assets.ingest.stage.units.box_quantities import BoxQuantities
from assets.ingest.stage.units.sale_units import SaleUnits
from assets.resources.lakehouse.lakehouse import stored_columns
from assets.resources.lakehouse.rule_sql import text_list, violation
from assets.resources.lakehouse.sql_text import literal
from assets.resources.vault.keys import PseudonymKey
from data_contracts.exports import ORDERS
from data_contracts.regions.regions import spellings
from data_contracts.repairs import RepairKind
from data_contracts.rules import RuleKind, row_rules
from data_contracts.table import Column, Personal, Table
from data_contracts.units import Unit

ROW_NUMBER = "row_number"
PARTITION = "staged_part"  # the day of a good row, NULL for a bad one
UNPARSED_TEXTS = "unparsed_texts"  # texts of a row that the fast query left, in a list
REJECTION = ("reason_code", "row_key", "raw_value", "raw_text")  # of a bad row
NO_DAY = "1970-01-01"  # partition of good rows in tables without days

FORGOTTEN = "user_id.forgotten"  # a row of a person who asked to be forgotten: never stored

# Columns with places; the platform's own ids stay unchanged.
REGION_COLUMNS = ("region_id", "area_id")


@dataclass(frozen=True)
class StagingContext:
    """Facts about the platform that staging needs in addition to the file."""

    cutoff_minutes: int
    utc_offset_minutes: int
    key: PseudonymKey
    sku_renames: Mapping[str, str] = field(default_factory=dict)
    forgotten: tuple[str, ...] = ()
    # products called 合计 or the like, and a lookup of such words among products
    totals_products: frozenset[str] = frozenset()
    products_among: Callable[[Collection[str]], frozenset[str]] = field(
        default=lambda words: frozenset(), repr=False, compare=False
    )
    jin_skus: frozenset[str] = frozenset()  # counted in 斤 where a row names no unit
    packs: Mapping[str, tuple[float, str]] = field(default_factory=dict)  # SKU → box size, unit
    # column → personal text → derived value, shared by all files of the load
    derived: dict[str, dict[str, str]] = field(default_factory=dict, repr=False, compare=False)


class StagingQueries:
    """Writes the queries for one file of `table`.

    `types`: column of the source → DuckDB type. `has_payment_dates`: an order without a payment
    time and amount is unpaid in this file. `has_sending_dates`: an order without a dispatch time
    was not sent.
    """

    def __init__(
        self,
        table: Table,
        match: HeaderMatch,
        types: Mapping[str, str],
        context: StagingContext,
        *,
        has_payment_dates: bool = False,
        has_sending_dates: bool = False,
    ) -> None:
        self.table = table
        self.context = context
        self.file = SourceColumns(
            table, match, types, context.utc_offset_minutes, has_sending_dates=has_sending_dates
        )
        self.present, self.names, self.ready = self.file.present, self.file.names, self.file.ready
        self.amounts = self.file.amounts
        self.units = SaleUnits(table, self.file, context.jin_skus)
        self.boxes = BoxQuantities(table, self.file, context.packs)
        self.states = OrderStates(table, self.file, has_payment_dates=has_payment_dates)

    def fast_query(self, source: str, sha256: str) -> str:
        """Write the query over the stream `source`: stored columns and PARTITION."""
        texts = [f"{sql} as {name}" for name, sql in self.texts().items()]
        strict = []
        for column in self.present:
            how = f"r_{column.name}::{column.type.duckdb}"
            if column.name not in self.ready:
                how = self.file.precast_or(column, self.cast_of(column).strict)
            strict.append(f"{how} as s_{column.name}")
        values = [f"s_{column.name} as t_{column.name}" for column in self.present]
        values += self.amounts.values()
        finals = [f"{self._fast_value(column)} as {column.name}" for column in self.present]
        finals += [
            *self.states.derived(),
            *self.units.derived(is_fast=True),
            *self.boxes.derived(),
        ]
        kept = ", ".join(f"{name}::varchar" for name in [*self.texts(), NOTED_REPAIRS])
        return f"""
with texts as (
  select {", ".join([*texts, NOTED_REPAIRS, ROW_NUMBER, *self.file.stream_columns])} from {source}
),
strict as (select {", ".join(["*", *strict])} from texts),
typed as (select {", ".join(["*", *values])} from strict),
valued as (select {", ".join(["*", *finals, *self.amounts.shares()])} from typed),
validated as (select *, {self._needs_repair()} as needs_repair from valued)
select {", ".join(self._stored_columns(sha256, is_fast=True))},
  {NOTED_REPAIRS} as repairs,
  case when needs_repair then [{kept}] end as {UNPARSED_TEXTS},
  case when not needs_repair then {self._day()} end as {PARTITION}
from validated"""

    def repair_query(self, rows: str, sha256: str) -> str:
        """Write the query over the rows that the fast query could not take; same columns."""
        names = [*self.texts(), NOTED_REPAIRS]
        texts = [f"{UNPARSED_TEXTS}[{place}] as {name}" for place, name in enumerate(names, 1)]
        reads = [f"{self.cast_of(c).strict} as s_{c.name}" for c in self.present]
        repair_steps = self.repair_steps(self.present)
        values = [f"{repair_steps.value(c.name)} as t_{c.name}" for c in self.present]
        values += self.amounts.values()
        finals = [self._repaired_value(column) for column in self.present]
        finals += [
            *self.states.derived(),
            *self.units.derived(is_fast=False),
            *self.boxes.derived(),
        ]
        if self._exact_paid and "paid_amount_yuan" not in self.names:
            finals.append(f"{self._exact_paid} as paid_amount_yuan")
        return f"""
with texts as (select {", ".join([*texts, ROW_NUMBER])} from {rows}),
strict as (select {", ".join(["*", *reads])} from texts),
{repair_steps.steps("strict")},
typed as (select {", ".join(["*", *values])} from repaired),
valued as (select {", ".join(["*", *finals, *self.amounts.shares()])} from typed),
validated as (select *, {self._reason_code()} as reason_code from valued),
with_shown_texts as (
  select *,
    case when reason_code is not null then {redact.shown_texts(self.present)} end as shown_texts
  from validated
)
select {", ".join(self._stored_columns(sha256, is_fast=False))},
  case when reason_code is null then {self._repair_codes(repair_steps)} end as repairs,
  {", ".join(self._rejection_columns())},
  case when reason_code is null then {self._day()} end as {PARTITION}
from with_shown_texts"""

    def texts(self) -> dict[str, str]:
        """Return name → SQL of every text that the queries use."""
        return self.file.by_name()

    def cast_of(self, column: Column) -> ColumnCast:
        """Return how the text of a column is cast to its type."""
        return column_cast(
            column, f"r_{column.name}", utc_offset_minutes=self.context.utc_offset_minutes
        )

    def repair_steps(self, columns: Sequence[Column]) -> RepairSteps:
        """Return the repairs of `columns`, for rows that hold their texts and strict values."""
        return RepairSteps(columns, utc_offset_minutes=self.context.utc_offset_minutes)

    # -- values ----------------------------------------------------------------------------------

    def _fast_value(self, column: Column) -> str:
        """Return the stored form of a typed value; a person's id becomes its pseudonym."""
        value = f"t_{column.name}"
        if column.name == "order_status":
            return self.states.status(value)
        if column.personal is not Personal.IDENTIFIER:
            return value
        return self.file.keyed(column.name, value) or ex.pseudonym(value)

    def _repaired_value(self, column: Column) -> str:
        """Return the typed value after units, renames and regions are applied."""
        value = f"t_{column.name}"
        if column.personal is Personal.IDENTIFIER:
            return f"{ex.pseudonym(value)} as {column.name}"
        if self.units.may_be_jin and self.units.is_counted(column):
            value = f"case when {self.units.is_jin} then {value} * 0.5 else {value} end"
        elif self.units.may_be_jin and self.units.is_price(column):
            double = f"({value} * 2)::{column.type.duckdb}"
            value = f"case when {self.units.is_jin} then {double} else {value} end"
        elif self.units.may_be_jin and column.name == "sale_unit":
            value = f"case when {self.units.is_jin} then 'kg' else {value} end"
        elif column.name == "sku_id" and self._renames:
            value = f"coalesce(map_extract_value({text_map(self._renames)}, {value}), {value})"
        elif column.name == "order_status":
            value = self.states.status(value)
        elif column.name == "paid_amount_yuan" and self._exact_paid:
            value = f"coalesce({value}, {self._exact_paid})"
        elif self._is_region(column):
            value = f"coalesce(map_extract_value({text_map(spellings())}, {value}), {value})"
        return f"{self.boxes.converted(column, value)} as {column.name}"

    @property
    def _exact_paid(self) -> str | None:
        """The amount paid where the price has more digits than are stored; None where unknown."""
        if self.table is not ORDERS or "unit_price_yuan" in self.ready or self.amounts.derived():
            return None
        paid = exact_paid(self.names)
        return f"case when not {self.boxes.is_any} then {paid} end" if paid else None

    def _is_region(self, column: Column) -> bool:
        return column.name in REGION_COLUMNS

    @property
    def _renames(self) -> Mapping[str, str]:
        return {} if self.table.name == "products" else self.context.sku_renames

    # -- validation --------------------------------------------------------------------------------

    def _reason_code(self) -> str:
        """Write the reason code of the first broken rule, NULL for a good row."""
        cases = []
        if self._forgets:
            gone = text_list(list(self.context.forgotten))
            cases.append(f"when user_id in {gone} then {literal(FORGOTTEN)}")
        # a derived column is empty because of its sources: report those first
        for rule in sorted(
            row_rules(self.table), key=lambda rule: rule.columns[0] in self.file.match.derived
        ):
            if all(name in self.names for name in rule.columns):
                if rule.kind is RuleKind.REQUIRED:
                    failed = f"{rule.columns[0]}:{RepairKind.ERROR_CELL.value}"
                    code = f"{rule.columns[0]}.{RepairKind.ERROR_CELL.value}"
                    cases.append(
                        f"when {violation(rule, self.table, raw_prefix='r_')} "
                        f"and contains({NOTED_REPAIRS}, {literal(failed)}) then {literal(code)}"
                    )
                cases.append(
                    f"when {violation(rule, self.table, raw_prefix='r_')} then {literal(rule.name)}"
                )
        if self.units.uses_product_unit:
            unit_word = literal(f"sale_unit:{RepairKind.UNIT_WORD.value}")
            is_other = (
                f"contains({NOTED_REPAIRS}, {unit_word}) and {self.units.is_jin_by_product('t')}"
            )
            counted = next(c.name for c in self.present if c.unit is Unit.SALE_UNITS)
            cases.append(f"when {is_other} then '{counted}.type'")
        for column in self.present:
            if column.name in id_columns(self.table) and column.name not in self.ready:
                for kind, condition in lost_id_conditions(
                    column, half_width(strip_invisible(f"r_{column.name}"))
                ):
                    case = f"when {condition} then {literal(f'{column.name}.{kind}')}"
                    cases.insert(int(self._forgets), case)
        return f"case {' '.join(cases)} end" if cases else "NULL::varchar"

    def _rejection_columns(self) -> list[str]:
        """Write the columns of REJECTION for bad rows, NULL for good ones."""
        shown_value = redact.shown_value(self.present, "shown_texts")
        values = {
            "reason_code": "reason_code",
            "row_key": redact.readable_row_key(self.table, self.names),
            "raw_value": f"replace({shown_value}, chr(31), ' ')",  # Word's soft hyphen
            "raw_text": redact.row_text(self.present, "shown_texts"),
        }
        return [
            f"case when reason_code is not null then {values[name]} end as {name}"
            for name in REJECTION
        ]

    def _needs_repair(self) -> str:
        """Write the condition of rows for the repair query: unparsed, invalid or to be replaced."""
        conditions: list[str] = []
        precast: list[str] = []
        if self._forgets:
            gone = text_list(list(self.context.forgotten))
            conditions.append(f"coalesce(user_id in {gone}, false)")
        for column in self.present:
            name = column.name
            unread = [f"(s_{name} is null and r_{name} is not null)"]
            if name in id_columns(self.table) and name not in self.ready:
                lost = lost_id_conditions(column, f"r_{name}")
                unread += [f"coalesce({condition}, false)" for _, condition in lost]
            # texts checked by the fast path matter only in rows that are not canonical
            (precast if self.file.is_precast(name) else conditions).extend(unread)
            if name == "sku_id" and self._renames:
                conditions.append(f"coalesce(s_{name} in {text_list(list(self._renames))}, false)")
            if self._is_region(column):
                conditions.append(f"coalesce(s_{name} in {text_list(list(spellings()))}, false)")
        if self.boxes.are_in_header:
            conditions.append("true")
        if self.units.uses_product_unit:
            conditions.append(self.units.is_jin_by_product("s"))
        if precast:
            conditions.insert(0, f"(not {PRECAST_ROW} and ({' or '.join(precast)}))")
        for rule in row_rules(self.table):
            if rule.kind is not RuleKind.TYPE and all(name in self.names for name in rule.columns):
                broke = violation(rule, self.table, raw_prefix="r_")
                conditions.append(f"coalesce({broke}, false)")
        return "(" + " or ".join(conditions) + ")"

    @property
    def _derived_columns(self) -> set[str]:
        """Names of columns derived from other columns or other files."""
        derived = {
            "order_status": self.states.is_derived,
            "sale_unit": self.units.is_derived or self.boxes.is_derived,
        }
        return {name for name, is_derived in derived.items() if is_derived}

    @property
    def _forgets(self) -> bool:
        return bool(self.context.forgotten) and "user_id" in self.names

    def _stored_columns(self, sha256: str, *, is_fast: bool) -> list[str]:
        columns = []
        for column in self.table.lake_columns:
            if column.name == self.table.partition:
                continue
            is_given = column.name in self.names | self.amounts.derived() | self._derived_columns
            is_paid = column.name == "paid_amount_yuan" and not is_fast
            is_given = is_given or bool(is_paid and self._exact_paid)
            value = "NULL"
            if is_given:
                ready = self.file.masked(column) if is_fast else None
                value = ready or masked(column, column.name)
            if column.fingerprint_of in self.names:
                text = column.fingerprint_of
                keyed = self.file.keyed(column.name, text) if is_fast else None
                value = keyed or ex.fingerprint(text)
            columns.append(f"({value})::{column.type.duckdb} as {column.name}")
        return [
            *columns,
            f"{literal(sha256)} as file_sha256",
            f"{ROW_NUMBER}::bigint as row_number",
        ]

    def _day(self) -> str:
        if self.table.partition is None:
            return f"DATE '{NO_DAY}'"
        if self.table.partition != "business_date":
            return self.table.partition
        shift = 1440 - self.context.cutoff_minutes
        return f"cast({self.table.event_time} + interval {shift} minute as date)"

    def _repair_codes(self, repair_steps: RepairSteps) -> str:
        """Write `column:kind` of every repaired value of a row, NULL if there are no repairs."""
        needed, codes = [], []
        for name in (column.name for column in self.present):
            repairs = repair_steps.kinds(name)
            if not repairs:
                continue
            condition = f"(s_{name} is null and r_{name} is not null)"
            needed.append(condition)
            kinds = " ".join(
                f"when {sql} is not null then {literal(f'{name}:{kind.value}')}"
                for kind, sql in repairs
            )
            codes.append(f"case when {condition} then case {kinds} end end")
        if self.units.may_be_jin:
            needed.append(self.units.is_jin)
            codes.append(f"case when {self.units.is_jin} then {self.units.kind()} end")
        if self.boxes.may_be:
            needed.append(self.boxes.is_any)
            codes.append(self.boxes.kind())
        for column in self.present:
            kind = None
            if column.name == "sku_id" and self._renames:
                kind = RepairKind.SKU_RENAME
            elif self._is_region(column):
                kind = RepairKind.REGION_NAME
            if kind is not None:
                changed = f"t_{column.name} <> {column.name}"
                needed.append(f"coalesce({changed}, false)")
                codes.append(f"case when {changed} then '{column.name}:{kind.value}' end")
        if not needed:
            return NOTED_REPAIRS
        listed = f"nullif(concat_ws(' ', {NOTED_REPAIRS}, {', '.join(codes)}), '')"
        return f"case when {' or '.join(needed)} then {listed} else {NOTED_REPAIRS} end"


def stored_without_day(table: Table) -> dict[str, str]:
    """Return the columns of a stored file; the day is the name of its folder."""
    return {name: kind for name, kind in stored_columns(table).items() if name != table.partition}
