"""Columns shared by tables about people: day, user, evidence, values over a window."""

from dataclasses import replace

from data_contracts.codes.profiles import Evidence
from data_contracts.columns import code, date, integer, user_id
from data_contracts.table import Column

AS_OF = date("as_of", "截至日", "last fully known business day", required=True)
USER = user_id(required=True)
INPUT_DIGEST = integer(
    "input_digest", "输入指纹", "digest of the row's inputs; equal: the row is copied", minimum=0
)


def evidence(what: str) -> tuple[Column, ...]:
    """Whether anything speaks for a dimension, and how many rows."""
    return (
        code("evidence", "依据", f"whether anything speaks for {what}", Evidence, required=True),
        integer("evidence_count", "依据条数", f"rows of {what} that were used", minimum=0),
    )


def over(window_days: int | None, counted_by: str, *columns: Column) -> tuple[Column, ...]:
    """Values that rest on rows of the last `window_days` (None: all), counted by a column."""
    return tuple(replace(c, window_days=window_days, counted_by=counted_by) for c in columns)
