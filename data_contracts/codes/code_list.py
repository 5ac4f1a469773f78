"""Define the base of every code list: each code has a value that is stored and a Chinese label.

A value outside its list is quarantined at ingest, never cast. Members are
`NAME = ("value", "中文")`; SQL and Great Expectations check against `Code.values()`.
"""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """Base of every code list: `.value` is stored, `.zh` is the Chinese label."""

    zh: str

    def __new__(cls, value: str, zh: str) -> Code:
        member = object.__new__(cls)
        member._value_ = value
        member.zh = zh
        return member

    @classmethod
    def values(cls) -> list[str]:
        """Return the stored values, in declaration order."""
        return [member.value for member in cls]

    @classmethod
    def zh_of(cls, value: str) -> str:
        """Return the Chinese label of a stored value; the value itself if it is not listed."""
        return next((member.zh for member in cls if member.value == value), value)
