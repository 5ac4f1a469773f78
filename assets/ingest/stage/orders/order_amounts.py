"""Share amounts of a whole order, repeated on each of its lines, out to the lines.

Summing such a column would count an order once per line, so it is never stored as a line's amount.
Totals of an export are shared out over whole orders (`order_totals.py`). This module covers what
one line shows alone, for rows of returned files:

- If the amount paid for a line includes its share of the freight, the total is the sum of these
  amounts: paid = line × (total − freight) ÷ total. If the freight cannot be deducted, the amount
  paid is unknown.
- Else the gross of all lines is total − freight + discount: paid = gross × (total − freight) ÷
  (total − freight + discount). A freight or discount that is not exported counts as 0; with a
  coupon per line, paid = gross − coupon.

The coupon is the gross of the line less the amount paid, at least 0.
"""

from __future__ import annotations

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.type_casting import column_cast
from data_contracts.mappings.presets import (
    AUXILIARY,
    DISCOUNT,
    FREIGHT,
    TOTAL,
    Source,
)
from data_contracts.mappings.presets import LINE_WITH_FREIGHT as LINE
from data_contracts.table import Table, Type

GROSS = "t_quantity_units * t_unit_price_yuan"


class OrderAmounts:
    """SQL of the order amounts in `match`. `names`: contract columns the file has itself."""

    def __init__(self, table: Table, match: HeaderMatch, names: set[str]) -> None:
        self._table = table
        self._fit = match
        self._names = names
        self._found = [name for name in AUXILIARY if name in match.columns]

    def sources(self) -> dict[str, Source]:
        """Return name of the text → its source in the file."""
        return {
            f"r_{name}_{place}": source
            for name in self._found
            for place, source in enumerate(self._fit.columns[name])
        }

    def values(self) -> list[str]:
        """Write the amounts as decimals; several discounts are added up."""
        if not self._found:
            return []
        column = next(column for column in self._table.columns if column.type is Type.MONEY)
        amounts = []
        for name in self._found:
            reads = []
            for place in range(len(self._fit.columns[name])):
                how = column_cast(column, f"r_{name}_{place}", utc_offset_minutes=0)
                reads.append(f"coalesce({', '.join([how.strict, *(s for _, s in how.repaired)])})")
            if name == DISCOUNT:
                total = " + ".join(f"coalesce({read}, 0)" for read in reads)
                amounts.append(f"({total})::decimal(18, 4) as {name}")
            else:
                amounts.append(f"coalesce({', '.join(reads)}, NULL) as {name}")
        return amounts

    def shares(self) -> list[str]:
        """Write `paid_amount_yuan` and `coupon_yuan` of the line, where the file does not have
        them.
        """
        has_gross = {"quantity_units", "unit_price_yuan"} <= self._names
        if "paid_amount_yuan" in self._names:
            return []
        if LINE in self._found:
            paid = self._less_freight()
        elif TOTAL in self._found and has_gross:
            paid = self._shared_out()
        else:
            return []
        made = [f"{paid} as paid_amount_yuan"]
        if has_gross and "coupon_yuan" not in self._names:
            coupon = f"round({GROSS}, 4)::decimal(18, 4) - paid_amount_yuan"
            made.append(
                f"case when paid_amount_yuan is not null then greatest({coupon}, 0) end "
                "as coupon_yuan"
            )
        return made

    def _less_freight(self) -> str:
        """Write the amount paid for the line without its share of the freight."""
        if FREIGHT not in self._found:
            return LINE
        total = TOTAL if TOTAL in self._found else "NULL::decimal(18, 4)"
        return (
            f"case when coalesce({FREIGHT}, 0) = 0 then {LINE} "
            f"when {total} > 0 and {FREIGHT} between 0 and {total} then "
            f"round({LINE}::double * ({total} - {FREIGHT})::double / {total}::double, 4)"
            "::decimal(18, 4) end"
        )

    def _shared_out(self) -> str:
        """Write the line's share of the amount paid for the order, in proportion to its gross."""
        freight = f"coalesce({FREIGHT}, 0)" if FREIGHT in self._found else "0"
        discount = DISCOUNT if DISCOUNT in self._found else "0"
        net = f"({TOTAL} - {freight})"
        if DISCOUNT not in self._found and "coupon_yuan" in self._names:
            less = f"round({GROSS} - coalesce(t_coupon_yuan, 0), 4)::decimal(18, 4)"
            return f"case when {net} >= 0 then greatest({less}, 0) end"
        whole = f"({net} + {discount})"
        return (
            f"case when {whole} > 0 and {net} >= 0 then "
            f"round({GROSS} * {net}::double / {whole}::double, 4)::decimal(18, 4) end"
        )

    def unpaid(self) -> str | None:
        """Write the condition of a row without a payment time and amount; None if the file lacks
        either.
        """
        amounts = [name for name in (LINE, TOTAL) if name in self._found]
        paid = (
            "t_paid_amount_yuan" if "paid_amount_yuan" in self._names else next(iter(amounts), None)
        )
        if paid is None or "paid_at" not in self._names:
            return None
        return f"(t_paid_at is null and coalesce({paid}, 0) = 0)"

    def derived(self) -> set[str]:
        """Names of the columns that `shares` derives."""
        return {sql.rsplit(" as ", 1)[1] for sql in self.shares()}
