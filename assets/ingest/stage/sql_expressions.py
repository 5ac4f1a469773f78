"""SQL expressions made from a contract: take a cell's text, key it, say what is wrong with it.

Pure text in, text out; nothing is executed here. How a text becomes a value stands in `cleaning`.
"""

from __future__ import annotations

from assets.resources.lakehouse.sql_text import literal
from assets.resources.vault.keys import (
    ADDRESS_READ,
    ADDRESS_WRITTEN,
    FINGERPRINT_CHARACTERS,
    PREFIX,
    PSEUDONYM_CHARACTERS,
)
from data_contracts.table import Column, Personal, Type


def text_of(header: str) -> str:
    """Text of a source column as it stands; an empty cell is NULL already.

    Trimming here would cost more than reading: a cell with a space at its end is repaired instead.
    """
    return f"{quoted(header)}::varchar"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


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


# Names under which a session knows the key blocks (`Session.secret`).
INNER, OUTER, ADDRESS = "linli_key_inner", "linli_key_outer", "linli_key_address"


def pseudonym(value: str) -> str:
    """Keyed pseudonym of an id: HMAC-SHA256 as `PseudonymKey.pseudonym` computes it."""
    inner = f"unhex(sha256(getvariable('{INNER}') || encode({value})))"
    outer = f"sha256(getvariable('{OUTER}') || {inner})"
    return f"{literal(PREFIX)} || left({outer}, {PSEUDONYM_CHARACTERS})"


def fingerprint(value: str) -> str:
    """Keyed fingerprint of an address, as `PseudonymKey.fingerprint` computes it."""
    plain = f"translate({value}, {literal(ADDRESS_WRITTEN)}, {literal(ADDRESS_READ)})"
    return f"left(sha256(getvariable('{ADDRESS}') || encode({plain})), {FINGERPRINT_CHARACTERS})"


def shows_value(column: Column) -> bool:
    """Whether the value of a bad row may be shown: never in a column that touches a person."""
    return column.personal is Personal.NO
