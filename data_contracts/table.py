"""What a table is: columns (type, unit, meaning, Chinese label, personal or not), key, partition.

One `Table` yields the DuckDB types, the Arrow schema, the row rules (`data_contracts.rules`), the
Dagster column schema and the headers of the files that go out. Nothing else may declare a column.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from data_contracts.codes import Code
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
    """How a column touches a person: data_contracts/domain.md#personal-data."""

    NO = "no"
    IDENTIFIER = "identifier"  # the platform's id of a person: stored as a keyed pseudonym
    DIRECT = "direct"  # phone, name, address: masked at ingest, raw in the vault only
    FREE_TEXT = "free_text"  # may contain anything: digits masked at ingest
    SENSITIVE = "sensitive"  # in the vault only: data_contracts/domain.md#sensitive-data


class OfOrder(Enum):
    """Whether the lines of an order share a column's value."""

    NO = "no"
    ALWAYS = "always"  # by nature: when, who, where
    MAYBE = "maybe"  # a state or an amount: the order's or the line's, as the export has it


class Mask(Enum):
    """How a DIRECT column is masked at ingest: data_contracts/domain.md#masking."""

    PHONE = "phone"
    NAME = "name"
    ADDRESS = "address"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    `required`: the header must be there and every row must have a value. `minimum`/`maximum` are
    inclusive unless `exclusive_minimum`. `pattern` is a regular expression the whole value matches.
    `of_order`: of an export of order lines, whether all lines of an order have the same value.
    `fingerprint_of`: no export has this column; ingest makes it, a keyed fingerprint of another.
    `counted_by`: column of the same table that counts the rows this value rests on; with 0 of them
    the value is empty. `doubt`: what a flag is where its word is neither a yes nor a no; None: the
    row is set aside. `window_days`: how many days up to `as_of` they are from; None: all of them.
    `of_moment`: of a date, whether exports write a moment, which gives its day.
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
    of_order: OfOrder = OfOrder.NO
    fingerprint_of: str | None = None
    counted_by: str | None = None
    window_days: int | None = None
    doubt: bool | None = None
    of_moment: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: an export we read, a table we compute, or a list that goes out.

    `key`: natural key, unique after ingest. `event_time`: the column that places a row in time
    (gives the business date and the freshness). `version`: among rows of one key the largest wins.
    `partition`: the column by which the lake stores days (`business_date` is added at ingest).
    `added`: columns of the stored table that no file has.
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
        """Columns of the stored table: without the sensitive ones, which only the vault holds,
        and with those that are added."""
        kept = (column for column in self.columns if column.personal is not Personal.SENSITIVE)
        return (*kept, *self.added)

    @property
    def required_names(self) -> list[str]:
        return [column.name for column in self.columns if column.required]

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, column.type.arrow) for column in self.columns])

    def zh_headers(self) -> list[str]:
        return [column.zh for column in self.columns]
