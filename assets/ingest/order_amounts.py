"""Amounts of a whole order that an export repeats on each of its lines, shared out to the lines.

Adding such a column up counts an order once per line; it is never stored as a line's amount. The
gross of all lines of an order is total − freight + discount, so that a line's share needs no other
line: paid = gross × (total − freight) ÷ (total − freight + discount). Where freight or discount is
not exported it counts as none.
"""

from __future__ import annotations

from assets.ingest.cleaning.readings import reading
from data_contracts.mappings.fitting import Fit
from data_contracts.mappings.presets import AUXILIARY, Source
from data_contracts.table import Table, Type

TOTAL, FREIGHT, DISCOUNT = AUXILIARY


class OrderAmounts:
    """SQL of the order amounts that `fit` finds. `names`: contract columns the file has itself."""

    def __init__(self, table: Table, fit: Fit, names: set[str]) -> None:
        self._table = table
        self._fit = fit
        self._names = names
        self._found = [name for name in AUXILIARY if name in fit.columns]

    def sources(self) -> dict[str, Source]:
        """Name of the text → where it stands in the file."""
        return {
            f"r_{name}_{place}": source
            for name in self._found
            for place, source in enumerate(self._fit.columns[name])
        }

    def values(self) -> list[str]:
        """The amounts as decimals; discounts of several sorts are added up."""
        if not self._found:
            return []
        column = next(column for column in self._table.columns if column.type is Type.MONEY)
        found = []
        for name in self._found:
            reads = []
            for place in range(len(self._fit.columns[name])):
                how = reading(column, f"r_{name}_{place}", utc_offset_minutes=0)
                reads.append(f"coalesce({', '.join([how.strict, *(s for _, s in how.repaired)])})")
            if name == DISCOUNT:
                total = " + ".join(f"coalesce({read}, 0)" for read in reads)
                found.append(f"({total})::decimal(18, 4) as {name}")
            else:
                found.append(f"coalesce({', '.join(reads)}, NULL) as {name}")
        return found

    def shares(self) -> list[str]:
        """`paid_amount_yuan` and `coupon_yuan` of the line, where the file has them not itself."""
        if TOTAL not in self._found or "paid_amount_yuan" in self._names:
            return []
        if not {"quantity_units", "unit_price_yuan"} <= self._names:
            return []
        freight = f"coalesce({FREIGHT}, 0)" if FREIGHT in self._found else "0"
        discount = DISCOUNT if DISCOUNT in self._found else "0"
        gross = "t_quantity_units * t_unit_price_yuan"
        net = f"({TOTAL} - {freight})"
        whole = f"({net} + {discount})"
        paid = (
            f"case when {whole} > 0 and {net} >= 0 then "
            f"round({gross} * {net}::double / {whole}::double, 4)::decimal(18, 4) end"
        )
        made = [f"{paid} as paid_amount_yuan"]
        if "coupon_yuan" not in self._names:
            made.append(f"(round({gross}, 4)::decimal(18, 4) - paid_amount_yuan) as coupon_yuan")
        return made

    def made(self) -> set[str]:
        """Columns `shares` gives."""
        return {sql.rsplit(" as ", 1)[1] for sql in self.shares()}
