"""Declare tables: columns (type, unit, meaning, Chinese label, personal data), key, partition.

One `Table` gives the DuckDB types, the Arrow schema, the row rules (`data_contracts.rules`), the
Dagster column schema and the headers of published files. No other module may declare a column.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import Enum
from types import ModuleType

import pyarrow as pa

from data_contracts.codes.code_list import Code
from data_contracts.units import Unit


class Type(Enum):
    """Column types: DuckDB name and Arrow type. Money is decimal, never float."""

    TEXT = ("VARCHAR", pa.string())
    INTEGER = ("BIGINT", pa.int64())
    REAL = ("DOUBLE", pa.float64())
    MONEY = ("DECIMAL(18,4)", pa.decimal128(18, 4))
    BOOLEAN = ("BOOLEAN", pa.bool_())
    DATE = ("DATE", pa.date32())
    TIMESTAMP = ("TIMESTAMP", pa.timestamp("us"))  # local time of the platform, no zone

    @property
    def duckdb(self) -> str:
        return self.value[0]

    @property
    def arrow(self) -> pa.DataType:
        return self.value[1]


class Personal(Enum):
    """How a column relates to a person: data_contracts/domain.md#personal-data."""

    NO = "no"
    IDENTIFIER = "identifier"  # the platform's id of a person: stored as a keyed pseudonym
    DIRECT = "direct"  # phone, name, address: masked at ingest, raw in the vault only
    FREE_TEXT = "free_text"  # may contain anything: digits masked at ingest
    SENSITIVE = "sensitive"  # in the vault only: data_contracts/domain.md#sensitive-data


class OfOrder(Enum):
    """Whether all lines of an order share a column's value."""

    NO = "no"
    ALWAYS = "always"  # by nature: time, user, place
    MAYBE = "maybe"  # a state or an amount: of the order or of the line, depending on the export


class Mask(Enum):
    """How a DIRECT column is masked at ingest: data_contracts/domain.md#masking."""

    PHONE = "phone"
    NAME = "name"
    ADDRESS = "address"
    TEXT = "text"


class TextForm(Enum):
    """What a text holds whose spellings are repaired to one form."""

    WEEKDAYS = "weekdays"  # `1|3|5`, Monday is 1
    TIME_OF_DAY = "time_of_day"  # `18:00`; `24:00` is the end of the day


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    `required`: the header must exist and every row must have a value. `minimum`/`maximum` are
    inclusive unless `exclusive_minimum`. `pattern` is a regular expression the whole value matches;
    `form`: its other spellings are repaired.
    `of_order`: of an export of order lines, whether all lines of an order have the same value.
    `fingerprint_of`: no export has this column; ingest derives it as a keyed fingerprint of
    another. `counted_by`: column of the same table with the number of rows behind this value; with
    0 rows the value is empty. `window_days`: days up to `as_of` that these rows are from; None: all
    days. `doubt`: value of a flag whose word is neither yes nor no; None: the row is quarantined.
    `of_moment`: exports may write a date as a moment, which is cut to its day.
    """

    name: str
    type: Type
    meaning: str
    zh: str
    unit: Unit = Unit.NONE
    required: bool = False
    personal: Personal = Personal.NO
    mask: Mask | None = None
    codes: builtins.type[Code] | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    pattern: str | None = None
    form: TextForm | None = None
    of_order: OfOrder = OfOrder.NO
    fingerprint_of: str | None = None
    counted_by: str | None = None
    window_days: int | None = None
    doubt: bool | None = None
    of_moment: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: an export that is read, a computed table, or a published list.

    `key`: natural key, unique after ingest. `event_time`: the column that places a row in time
    (gives the business date and the freshness). `version`: among rows of one key the largest wins.
    `partition`: the column by which the lake stores days (`business_date` is added at ingest).
    `added`: columns of the stored table that no file has. `indispensable`: an export without which
    nothing runs. `is_never_empty`: its check fails for a day without rows and stops what rests on
    it, so that an empty list does not replace a good one.
    """

    name: str
    zh: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event_time: str | None = None
    version: str | None = None
    partition: str | None = None
    added: tuple[Column, ...] = ()
    indispensable: bool = False
    is_never_empty: bool = False
    owner: str = "analytics"

    def __post_init__(self) -> None:
        names = [column.name for column in (*self.columns, *self.added)]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a column is declared twice")
        for name in (*self.key, self.event_time, self.version):
            if name is not None and name not in names:
                raise ValueError(f"{self.name}: key, event_time or version names no column: {name}")
        for column in self.columns:
            if column.personal is Personal.DIRECT and column.mask is None:
                raise ValueError(f"{self.name}.{column.name}: a DIRECT column needs a mask")
            if column.counted_by is not None and column.counted_by not in names:
                raise ValueError(f"{self.name}.{column.name}: counted_by names no column")

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def lake_columns(self) -> tuple[Column, ...]:
        """Columns of the stored table: without sensitive ones, which only the vault has, and with
        the added ones."""
        kept = (column for column in self.columns if column.personal is not Personal.SENSITIVE)
        return (*kept, *self.added)

    @property
    def required_names(self) -> list[str]:
        return [column.name for column in self.columns if column.required]

    def column(self, name: str) -> Column:
        """Return the column of that name; raises KeyError for an unknown name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, column.type.arrow) for column in self.columns])

    def zh_headers(self) -> list[str]:
        return [column.zh for column in self.columns]


def tables_of(*modules: ModuleType) -> tuple[Table, ...]:
    """Return the tables declared in the modules, in that order; raise ValueError for a name that
    two tables have."""
    tables: dict[str, Table] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Table) and tables.setdefault(value.name, value) is not value:
                raise ValueError(f"{value.name}: two tables have this name")
    return tuple(tables.values())
