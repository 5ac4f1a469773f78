"""Which way round the dates of a column are written, as far as its values say.

`12/31/2026` can only have its month first, `31/12/2026` only its day; `03/04/2026` says nothing.
Nothing is concluded from one column for another, nor from the shape of most values: one value
above 12 decides, two that disagree decide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from data_contracts.mappings.transforms import Transform

_YEAR_LAST = re.compile(r"\s*(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4}|\d{2})(?![\d/.-])")
_MONTHS = 12
_DAYS = 31


@dataclass(frozen=True)
class DateLook:
    """What the values of a column show. `above_first`: values whose first part is no month."""

    values: int = 0
    year_last: int = 0
    above_first: int = 0
    above_second: int = 0

    @property
    def order(self) -> Transform | None:
        """The order of day and month; None where it cannot be told."""
        if self.above_first and not self.above_second:
            return Transform.DAY_FIRST
        if self.above_second and not self.above_first:
            return Transform.MONTH_FIRST
        return None

    @property
    def is_mixed(self) -> bool:
        return bool(self.above_first and self.above_second)

    @property
    def is_mostly_year_last(self) -> bool:
        return self.year_last > self.values / 2

    @property
    def said(self) -> str:
        """In words."""
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
    def said_zh(self) -> str:
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


def look(values: Iterable[str | None]) -> DateLook:
    """Look at `values`; empty ones do not count.

    With two digits of a year, a first part above 12 could be that year: it decides nothing.
    """
    seen = last = above_first = above_second = 0
    for value in values:
        if not value or not value.strip():
            continue
        seen += 1
        match = _YEAR_LAST.match(value)
        if match is None:
            continue
        first, second, year = match.groups()
        if max(int(first), int(second)) > _DAYS:
            continue
        last += 1
        above_first += int(first) > _MONTHS and len(year) == 4
        above_second += int(second) > _MONTHS
    return DateLook(seen, last, above_first, above_second)
