"""Convert a record to JSON and back, and derive its JSON schema from the dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

Record = TypeVar("Record")
# Metadata of a field that JSON leaves out where it is None; other fields are written as null.
LEFT_OUT_WHEN_NONE: Mapping[str, bool] = {"left_out_when_none": True}


def to_json(value: Any) -> Any:
    """Convert a record, or a list or dict of records, to plain values, in the order of the fields.

    Days and moments become ISO 8601 text, decimals the text of their digits.

    >>> from data_contracts.records.manifest import AbsentExport
    >>> to_json({"chat": AbsentExport(zh="社群与评价")})
    {'chat': {'zh': '社群与评价', 'status': 'no_evidence'}}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: to_json(content)
            for item in fields(value)
            for content in [getattr(value, item.name)]
            if content is not None or item.metadata != LEFT_OUT_WHEN_NONE
        }
    if isinstance(value, Mapping):
        return {str(name): to_json(content) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(content) for content in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def record_from_json(kind: type[Record], content: Mapping[str, Any]) -> Record:
    """Build a record from its JSON; raises ValueError naming the fields that do not fit."""
    from pydantic import TypeAdapter  # imported where used: commands must start without it

    return TypeAdapter(kind).validate_python(content)


def json_schema(kind: type[Any]) -> dict[str, Any]:
    """Return the JSON schema of a record's dataclass."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind).json_schema(mode="serialization")
