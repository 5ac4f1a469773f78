"""Count orders by where their values occur: on which lines, and equal or not.

Not here: counting (`order_probe.py`), deciding what follows (`whole_orders.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

# Maximum share of totals on first lines that equal their own line by chance.
_OWN = 0.1


@dataclass(frozen=True)
class CellPositions:
    """Counts of orders with several lines by where the cells under a header are filled.

    `first_only`, `last_only`: on the first or last line alone. `not_first`, `not_last`: on some
    lines, but not there. `all`: on every line. `unlike`: with different values. `gaps`: empty cells
    in orders with a single value.
    """

    first_only: int
    last_only: int
    not_first: int
    not_last: int
    all: int
    unlike: int
    gaps: int

    @property
    def is_first(self) -> bool:
        """Whether such orders have a value on their first line alone, or none at all."""
        return self.first_only > 0 and not (self.not_first or self.all or self.unlike)

    @property
    def is_last(self) -> bool:
        """Whether such orders have a value on their last line alone, or none at all."""
        return self.last_only > 0 and not (self.not_last or self.all or self.unlike)


@dataclass(frozen=True)
class AmountPositions:
    """Counts of orders with several lines by where an amount occurs in them.

    `first_only`: on the first line alone. `every`: equal on all lines, shown to be the whole
    order's (`total`), the line's own (`line`) or neither (`open`). `other`: on some lines, or
    unequal. `at_end`: those of `other` with the amount on the first or last line and zeros or
    nothing on the rest. An amount on the first or last line alone may be what the order comes to
    (`proved`), more than the line comes to (`higher`), or exactly that (`own`).
    """

    first_only: int
    other: int
    every: int
    total: int
    line: int
    open: int
    rows: int
    at_end: int
    proved: int
    higher: int
    own: int

    @property
    def is_at_ends(self) -> bool:
        """Whether it occurs on first or last lines alone."""
        return bool(self.first_only or self.other) and not self.every and self.other == self.at_end

    @property
    def is_hardly_own(self) -> bool:
        """Whether hardly any amount is exactly what its line comes to."""
        return self.own <= _OWN * self.higher

    @property
    def is_one_total(self) -> bool:
        """Whether amounts on first or last lines alone are shown to be the orders'.

        Nobody pays more for a line than it comes to.
        """
        is_shown = self.proved >= 1 or self.higher > 1
        return self.is_at_ends and is_shown and self.is_hardly_own


@dataclass(frozen=True)
class RepeatedRows:
    """Counts of orders with identical rows, and of those whose amounts count every row."""

    orders: int
    orders_apart: int
    least: int
    most: int
    other_than_one: int
    paid_by_rows: int
    paid_by_lines: int
