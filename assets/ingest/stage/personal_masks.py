"""Mask personal values, in SQL and in Python (data_contracts/domain.md#masking).

SQL masks whatever a query reads. Python masks each distinct text of a stream once, which saves the
engine the work on every row; a test compares the two on any text.

Phone: the middle four digits. Name: all but the family name. Address: everything after the
community. Free text: every run of seven or more digits, including spaces and dashes between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from data_contracts.table import Column, Mask

_HIDDEN = "***"
_PHONE_DIGITS = 11  # a mainland mobile number without its country code
_PLACE = r"^.*?(小区|社区|花园|家园|公寓|苑)"
_NO_DIGIT = re.compile("[^0-9]")
_LONG_NUMBER = re.compile(r"[0-9][0-9 -]{5,}[0-9]")
_TO_PLACE = re.compile(_PLACE)


def masked(column: Column, value: str) -> str:
    """Return SQL that masks a personal value, or the value itself if the column needs no mask."""
    match column.mask:
        case Mask.PHONE:
            digits = f"regexp_replace({value}, '[^0-9]', '', 'g')"
            return (
                f"case when length({digits}) >= {_PHONE_DIGITS} then "
                f"left(right({digits}, {_PHONE_DIGITS}), 3) || '****' || right({digits}, 4) "
                f"when {value} is not null then '{_HIDDEN}' end"
            )
        case Mask.NAME:
            return f"left({value}, 1) || '*'"
        case Mask.ADDRESS:
            return (
                f"case when {value} is not null then "
                f"coalesce(nullif(regexp_extract({value}, '{_PLACE}'), ''), '{_HIDDEN}') end"
            )
        case Mask.TEXT:
            return rf"regexp_replace({value}, '\d[\d -]{{5,}}\d', '{_HIDDEN}', 'g')"
        case None:
            return value


def mask_digits(text: str) -> str:
    """Mask every run of seven or more digits of a free text, as `masked` does in SQL.

    >>> mask_digits("打 138-1234 5678 问, 要 120 箱")
    '打 *** 问, 要 120 箱'
    """
    return _LONG_NUMBER.sub(_HIDDEN, text)


def mask_of(mask: Mask | None) -> Callable[[str], str] | None:
    """Return the Python equivalent of `masked`; None where texts repeat too little."""
    return _MASKS.get(mask) if mask is not None else None


def _phone(text: str) -> str:
    digits = _NO_DIGIT.sub("", text)[-_PHONE_DIGITS:]
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) == _PHONE_DIGITS else _HIDDEN


def _name(text: str) -> str:
    return f"{text[:1]}*"


def _address(text: str) -> str:
    place = _TO_PLACE.match(text)
    return place.group() if place else _HIDDEN


_MASKS: dict[Mask, Callable[[str], str]] = {
    Mask.PHONE: _phone,
    Mask.NAME: _name,
    Mask.ADDRESS: _address,
}
