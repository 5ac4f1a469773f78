"""Derive the status of an order from times and amounts where its status does not show it.

In a file with payment times and amounts, an order without both is unpaid. A cancellation time
cancels an order that was not sent, so it is no demand. An order that was sent before, arrived or
completed keeps its status, because the goods were ordered and dispatched. If only some units of a
line were cancelled, the order is not.
"""

from __future__ import annotations

from assets.ingest.stage.source_columns import SENT, SENT_MOMENT, SourceColumns
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.codes.orders import OrderStatus
from data_contracts.repairs import RepairKind
from data_contracts.table import Table

CANCELLED, UNPAID = literal(OrderStatus.CANCELLED.value), literal(OrderStatus.UNPAID.value)
_NOT_SENT = text_list([OrderStatus.PLACED.value, OrderStatus.PAID.value])


class OrderStates:
    """SQL that derives the status of the orders of one file.

    `has_payment_dates`: an order without a payment time and amount is unpaid.
    """

    def __init__(self, table: Table, file: SourceColumns, *, has_payment_dates: bool) -> None:
        self._file = file
        self._unpaid = file.amounts.unpaid() if has_payment_dates else None
        self._has_status = "order_status" in file.names
        self._is_called_off = "cancelled_at" in file.names and "order_status" in table.column_names

    @property
    def is_derived(self) -> bool:
        """Whether rows may have a status although the file has no column for it."""
        return not self._has_status and (self._unpaid is not None or self._is_called_off)

    def derived(self) -> list[str]:
        """Write `order_status` for a file that has no column for it."""
        return [f"{self.status('NULL::varchar')} as order_status"] if self.is_derived else []

    def status(self, value: str) -> str:
        """Write the status, or what times and amounts show where it says less."""
        cases = []
        if self._unpaid is not None:
            cases.append(
                f"when coalesce({value}, 'placed') = 'placed' and {self._unpaid} then {UNPAID}"
            )
        if self._is_called_off:
            whole = "t_cancelled_at is not null"
            if "cancelled_units" in self._file.names:
                whole += " and coalesce(t_cancelled_units, 0) = 0"
            if SENT_MOMENT in self._file.by_name():
                sent_before = f"try_cast({SENT_MOMENT} as timestamp) <= t_cancelled_at"
                whole += f" and not coalesce({sent_before}, false)"
            is_open = f"coalesce({value}, 'placed') in {_NOT_SENT}"
            if self._has_status:
                is_open = f"({is_open} or ({value} = 'refunded' and {SENT} is null))"
            cases.append(f"when {whole} and {is_open} then {CANCELLED}")
        return f"case {' '.join(cases)} else {value} end" if cases else value


def derived_status_counts(session: Session, source: str) -> dict[RepairKind, int]:
    """Count rows of `source` found unpaid or cancelled, in a file without a status column."""
    counted = dict(
        session.rows(
            f"select order_status, count(*)::bigint from {source} "
            "where order_status is not null group by 1"
        )
    )
    kinds = {OrderStatus.UNPAID: RepairKind.UNPAID, OrderStatus.CANCELLED: RepairKind.CANCELLED}
    return {kind: counted[code.value] for code, kind in kinds.items() if code.value in counted}
