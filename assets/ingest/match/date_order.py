"""Find the order of day, month and year in a date column from its values.

`12/31/2026` must be month first, `31/12/2026` day first; `03/04/2026` shows nothing. Each column is
decided on its own: one value above 12 decides, two that disagree leave it open.

A two-digit year may come first too: `26/10/28` and `26/10/29` are two days of one week, or 26
October of two years. The values of the column decide together: in the right order they lie close
together, in a wrong one days of a month become years.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from data_contracts.mappings.transforms import Transform

_YEAR_LAST = re.compile(r"\s*(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?![\d/.-])")
# Year and last part have two digits, or the last part has one, as no year has.
_SHORT = re.compile(
    r"\s*(\d{1,2})\s?([/.年-])\s?(\d{1,2})\s?[/.月-]\s?(\d{1,2})日?(?![\d/.年月日-])"
)
_MONTHS = 12
_DAYS = 31
# Two-digit years up to this one are 20xx.
_LAST_SHORT_YEAR = 89
# In the right order, dates span at most 1/5 of the days they span in any other.
_CLOSER = 5
# For each order, the positions of year, month and day.
_PARTS = {
    Transform.YEAR_FIRST: (0, 1, 2),
    Transform.DAY_FIRST: (2, 1, 0),
    Transform.MONTH_FIRST: (2, 0, 1),
}


@dataclass(frozen=True)
class DateEvidence:
    """What the values of a column show about the order of day, month and year.

    `above_first`, `above_second`: values whose first or second part is no month. `spans`: orders in
    which all two-digit-year values are valid dates → days between the first and the last.
    """

    values: int = 0
    year_last: int = 0
    above_first: int = 0
    above_second: int = 0
    spans: Mapping[Transform, int] = field(default_factory=dict)

    @property
    def order(self) -> Transform | None:
        """The order of day, month and year; None if the values do not show it."""
        if self.is_year_first:
            return Transform.YEAR_FIRST
        if self.above_first and not self.above_second:
            return Transform.DAY_FIRST
        if self.above_second and not self.above_first:
            return Transform.MONTH_FIRST
        return None

    @property
    def is_year_first(self) -> bool:
        """Whether two-digit years come first: the only possible order, or by far the likeliest."""
        mine = self.spans.get(Transform.YEAR_FIRST)
        others = [days for order, days in self.spans.items() if order is not Transform.YEAR_FIRST]
        return mine is not None and all(days > 0 and mine * _CLOSER <= days for days in others)

    @property
    def possible(self) -> tuple[Transform, ...]:
        """The orders that the dates may be in when `order` is None."""
        if self.spans:
            return tuple(order for order in _PARTS if order in self.spans)
        return (Transform.DAY_FIRST, Transform.MONTH_FIRST)

    @property
    def is_mixed(self) -> bool:
        return bool(self.above_first and self.above_second)

    @property
    def is_mostly_year_last(self) -> bool:
        return self.year_last > self.values / 2

    @property
    def description(self) -> str:
        """The evidence in words."""
        if self.spans and self.order in (None, Transform.YEAR_FIRST):
            orders = " or ".join(_ORDER_NAMES[order][0] for order in self.possible)
            if self.is_year_first:
                orders = _ORDER_NAMES[Transform.YEAR_FIRST][0]
            return f"{orders}: a year of two digits in {self.values:,} values"
        if self.order is Transform.DAY_FIRST:
            return (
                f"day first: a number above {_MONTHS} in the first place of "
                f"{self.above_first:,} of {self.values:,} values, in the second of none"
            )
        if self.order is Transform.MONTH_FIRST:
            return (
                f"month first: a number above {_MONTHS} in the second place of "
                f"{self.above_second:,} of {self.values:,} values, in the first of none"
            )
        if self.is_mixed:
            return (
                f"mixed: {self.above_first:,} of {self.values:,} values can only be day first, "
                f"{self.above_second:,} only month first"
            )
        return f"day or month first: no part of {self.values:,} values is above {_MONTHS}"

    @property
    def description_zh(self) -> str:
        if self.spans and self.order in (None, Transform.YEAR_FIRST):
            orders = "或".join(_ORDER_NAMES[order][1] for order in self.possible)
            if self.is_year_first:
                orders = _ORDER_NAMES[Transform.YEAR_FIRST][1]
            return f"{orders}：{self.values:,} 个值的年份只有两位"
        if self.order is Transform.DAY_FIRST:
            return f"日在前：{self.values:,} 个值中有 {self.above_first:,} 个首位大于 {_MONTHS}"
        if self.order is Transform.MONTH_FIRST:
            return f"月在前：{self.values:,} 个值中有 {self.above_second:,} 个第二位大于 {_MONTHS}"
        if self.is_mixed:
            return (
                f"两种混用：{self.values:,} 个值中有 {self.above_first:,} 个只能日在前，"
                f"{self.above_second:,} 个只能月在前"
            )
        return f"日在前或月在前：{self.values:,} 个值没有一个部分大于 {_MONTHS}"


_ORDER_NAMES = {
    Transform.YEAR_FIRST: ("year first", "年在前"),
    Transform.DAY_FIRST: ("day first", "日在前"),
    Transform.MONTH_FIRST: ("month first", "月在前"),
}


def date_evidence(values: Iterable[str | None]) -> DateEvidence:
    """Collect evidence of the date order from `values`; empty values are skipped.

    With two-digit years, a first part above 12 may be the year, so it decides nothing.
    """
    seen = last = above_first = above_second = whole = 0
    short: set[tuple[str, str, str, str]] = set()
    for value in values:
        if not value or not value.strip():
            continue
        seen += 1
        if (match := _SHORT.match(value)) is not None:
            first, sign, second, third = match.groups()
            if len(first) == 2 or len(third) == 2:
                last += 1
                short.add((first, second, third, sign))
                above_second += _MONTHS < int(second) <= _DAYS and int(first) <= _MONTHS
            continue
        match = _YEAR_LAST.match(value)
        if match is None:
            continue
        first, second, _ = match.groups()
        if max(int(first), int(second)) > _DAYS:
            continue
        last += 1
        whole += 1
        above_first += int(first) > _MONTHS
        above_second += int(second) > _MONTHS
    # four-digit years at the end decide for the others, too
    spans = {} if whole else _spans(short)
    return DateEvidence(seen, last, above_first, above_second, spans)


def _spans(short: Collection[tuple[str, str, str, str]]) -> dict[Transform, int]:
    """For each order in which all dates are valid: the days between the first and the last."""
    spans = {}
    for order, places in _PARTS.items():
        days = [_day(parts, places) for parts in short]
        valid_days = [day for day in days if day is not None]
        if valid_days and len(valid_days) == len(days):
            spans[order] = (max(valid_days) - min(valid_days)).days
    return spans


def _day(parts: tuple[str, str, str, str], places: tuple[int, int, int]) -> date | None:
    """Parse a date; None if it is invalid or its year would have one digit."""
    year, month, day = (parts[place] for place in places)
    is_said = parts[3] != "年" or places[0] == 0
    if len(year) != 2 or int(year) > _LAST_SHORT_YEAR or not is_said:
        return None
    try:
        return date(2000 + int(year), int(month), int(day))
    except ValueError:
        return None
