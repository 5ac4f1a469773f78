"""Short constructors of columns, so that a contract reads as a list: name, 中文, meaning, rest."""

from __future__ import annotations

from typing import Any

from data_contracts.codes.code_list import Code
from data_contracts.table import Column, Mask, Personal, TextForm, Type
from data_contracts.units import Unit

# Weekdays in rising order, each once: an end of 3 may have 1 and 2 before it.
_WEEKDAYS = "|".join(
    "".join(rf"(?:{day}\|)?" for day in range(1, last)) + str(last) for last in range(1, 8)
)
_TIME_OF_DAY = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"


def text(name: str, zh: str, meaning: str, **more: Any) -> Column:
    return Column(name=name, type=Type.TEXT, zh=zh, meaning=meaning, **more)


def code(name: str, zh: str, meaning: str, codes: type[Code], **more: Any) -> Column:
    return Column(name=name, type=Type.TEXT, zh=zh, meaning=meaning, codes=codes, **more)


def integer(name: str, zh: str, meaning: str, unit: Unit = Unit.COUNT, **more: Any) -> Column:
    return Column(name=name, type=Type.INTEGER, zh=zh, meaning=meaning, unit=unit, **more)


def real(name: str, zh: str, meaning: str, unit: Unit, **more: Any) -> Column:
    return Column(name=name, type=Type.REAL, zh=zh, meaning=meaning, unit=unit, **more)


def money(name: str, zh: str, meaning: str, **more: Any) -> Column:
    more.setdefault("minimum", 0)
    return Column(name=name, type=Type.MONEY, zh=zh, meaning=meaning, unit=Unit.YUAN, **more)


def flag(name: str, zh: str, meaning: str, **more: Any) -> Column:
    return Column(name=name, type=Type.BOOLEAN, zh=zh, meaning=meaning, **more)


def date(name: str, zh: str, meaning: str, **more: Any) -> Column:
    return Column(name=name, type=Type.DATE, zh=zh, meaning=meaning, **more)


def timestamp(name: str, zh: str, meaning: str, **more: Any) -> Column:
    return Column(name=name, type=Type.TIMESTAMP, zh=zh, meaning=meaning, **more)


def weekdays(name: str, zh: str, meaning: str, **more: Any) -> Column:
    return text(name, zh, meaning, pattern=_WEEKDAYS, form=TextForm.WEEKDAYS, **more)


def time_of_day(name: str, zh: str, meaning: str, **more: Any) -> Column:
    return text(name, zh, meaning, pattern=_TIME_OF_DAY, form=TextForm.TIME_OF_DAY, **more)


def user_id(**more: Any) -> Column:
    return text(
        "user_id",
        "用户编号",
        "keyed pseudonym of the platform's user id",
        personal=Personal.IDENTIFIER,
        **more,
    )


def phone(name: str, zh: str, **more: Any) -> Column:
    return _direct(name, zh, "phone number, stored masked", Mask.PHONE, **more)


def person_name(name: str, zh: str, **more: Any) -> Column:
    return _direct(name, zh, "a person's name, stored masked", Mask.NAME, **more)


def address(name: str, zh: str, **more: Any) -> Column:
    return _direct(name, zh, "address, stored masked", Mask.ADDRESS, **more)


def _direct(name: str, zh: str, meaning: str, mask: Mask, **more: Any) -> Column:
    return text(name, zh, meaning, personal=Personal.DIRECT, mask=mask, **more)
