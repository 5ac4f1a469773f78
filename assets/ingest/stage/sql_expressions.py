"""Write SQL expressions derived from a contract: text of a column, pseudonym, fingerprint.

Pure text in, text out; nothing is executed here. Not here: casting (`casting/type_casting.py`).
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


def column_text(header: str) -> str:
    """Write the text of a source column unchanged; empty cells are NULL already.

    Trimming here would cost more than reading: a cell with a trailing space is repaired instead.
    """
    return f"{quoted(header)}::varchar"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def compatible(column: Column, source_type: str) -> bool:
    """Decide whether a Parquet column of that DuckDB type can be taken without parsing text."""
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
    """Write the keyed pseudonym of an id: HMAC-SHA256 as in `PseudonymKey.pseudonym`."""
    inner = f"unhex(sha256(getvariable('{INNER}') || encode({value})))"
    outer = f"sha256(getvariable('{OUTER}') || {inner})"
    return f"{literal(PREFIX)} || left({outer}, {PSEUDONYM_CHARACTERS})"


def fingerprint(value: str) -> str:
    """Write the keyed fingerprint of an address, as in `PseudonymKey.fingerprint`."""
    plain = f"translate({value}, {literal(ADDRESS_WRITTEN)}, {literal(ADDRESS_READ)})"
    return f"left(sha256(getvariable('{ADDRESS}') || encode({plain})), {FINGERPRINT_CHARACTERS})"


def shows_value(column: Column) -> bool:
    """Whether the value of a bad row may be shown: never in a column with personal data."""
    return column.personal is Personal.NO
