"""Fill cells that are written once for several rows: merged cells, and lines below their order.

    order_id  ordered_at        sku_id  quantity
    A1        2026-10-31 10:00  S1      2
                                S2      1          another line of A1

A merged range of the sheet proves that its first cell holds for all its rows. Otherwise the rows
must show it: rows without an order number have a product and a quantity, lack the time and all
other values of the order, and are frequent. An empty cell anywhere else is missing and stays empty.
Numbers are never filled down, because a repeated amount would count twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns
from assets.resources.readers.rows import ROW_NUMBER, Rows
from data_contracts.exports import ORDERS, PURCHASE_ORDERS
from data_contracts.mappings.presets import AUXILIARY, STATES
from data_contracts.repairs import RepairKind
from data_contracts.table import Table, Type

_OF_THE_ORDER = (
    "order_id", "ordered_at", "paid_at", "updated_at", "user_id", "community_id", "order_status",
    "activity_id", "fulfilment_mode", "receiver_name", "receiver_phone", "receiver_address",
)  # fmt: skip
_OF_THE_PURCHASE = (
    "po_id", "ordered_at", "updated_at", "supplier_id", "warehouse_id", "promised_on", "po_status",
    "received_at",
)  # fmt: skip
# Exports of lines: the column of the order number, the quantity, and what is of the whole order.
_LINES = {
    ORDERS.name: ("order_id", "quantity_units", _OF_THE_ORDER),
    PURCHASE_ORDERS.name: ("po_id", "ordered_units", _OF_THE_PURCHASE),
}
_TOTALS = AUXILIARY[:3]  # amounts of the whole order, which may be repeated on its lines
_NUMBERS = (Type.INTEGER, Type.REAL, Type.MONEY)
# This many rows, and this share, without an order number show how the file is written.
_LEAST_ROWS, _LEAST_SHARE = 3, 0.1


class FillDown:
    """Fills cells of one file of `table`; `rows` knows the merged ranges."""

    def __init__(self, table: Table, match: HeaderMatch, rows: Rows) -> None:
        self._rows = rows
        columns_read = list(read_columns(table, match))
        self._column = {header: column.name for header, column, _ in columns_read}
        totals = {h for name in _TOTALS for one in match.columns.get(name, ()) for h in one.headers}
        self._merged = {
            header: rows.merged[header]
            for header, column, _ in columns_read
            if header in rows.merged and (column.type not in _NUMBERS or header in totals)
        }
        named = {
            name: [header for source in match.columns.get(name, ()) for header in source.headers]
            for name in (*table.column_names, *_TOTALS, *STATES)
        }
        order_id, quantity, of_order = _LINES.get(table.name, ("", "", ()))
        self._order, self._time = named.get(order_id, []), named.get("ordered_at", [])
        self._line = [named.get("sku_id", []), named.get(quantity, [])]
        mine = {h for name in (*of_order, *_TOTALS, *STATES) for h in named.get(name, [])}
        mine |= {h for rule in match.codes if rule.column == "order_status" for h in rule.headers}
        line = {h for headers in self._line for h in headers}
        self._whole = [header for header in mine if header not in line]
        self._is_open = all([self._order, self._time, *self._line])
        self._is_shown: bool | None = None
        self._filled: list[str] = []
        self._last: dict[str, pa.Array] = {}  # cells of the last order
        self._last_number = 0
        self._before = True  # whether no row has been seen

    def apply(self, cells: TextBatch) -> None:
        if cells.rows == 0:
            return
        if self._merged:
            self._fill_merged(cells)
        if self._is_open:
            self._fill_lines(cells)
        self._before = False

    # -- merged ranges ---------------------------------------------------------------------------

    def _fill_merged(self, cells: TextBatch) -> None:
        """Give every row of a merged range its first cell."""
        numbers = cells.columns[ROW_NUMBER].to_numpy()
        for header, ranges in self._merged.items():
            texts = cells.texts(header)
            if texts is None:
                continue
            rows, values = [], []
            for (first, last), value in ranges.items():
                low, high = np.searchsorted(numbers, [first + 1, last + 1])
                empty = [row for row in range(low, high) if not texts[row].is_valid]
                rows += empty
                values += [value] * len(empty)
            if rows:
                cells.put(header, np.array(rows), values)
                cells.mark(self._column[header], RepairKind.FILLED_DOWN, np.array(rows))

    # -- lines of an order -----------------------------------------------------------------------

    def _fill_lines(self, cells: TextBatch) -> None:
        if self._is_shown is None and self._has_blanks(cells):
            self._is_shown = self._shows(cells)
        if self._is_shown is False:
            return
        leads = ~cells.is_blank(self._order)
        numbers = cells.columns[ROW_NUMBER].to_numpy()
        if self._is_shown:
            # lines are known to follow their order: one without a quantity belongs to it too
            rows = np.flatnonzero(self._follows(cells, self._line[:1]))
            if len(rows):
                self._fill(cells, rows, _lead_of(leads), numbers)
        last = np.flatnonzero(leads)
        if len(last):
            place = int(last[-1])
            self._last = {name: cells.columns[name].slice(place, 1) for name in self._whole}
            self._last_number = int(numbers[place])

    def _has_blanks(self, cells: TextBatch) -> bool:
        return all(cells.columns[header].null_count for header in self._order)

    def _follows(self, cells: TextBatch, line: Sequence[list[str]] | None = None) -> np.ndarray:
        """Mark rows that may be further lines of the order above.

        They have no order number and no time, but all of `line`: by default a product and a
        quantity.
        """
        follows = cells.is_blank(self._order) & cells.is_blank(self._time)
        for headers in self._line if line is None else line:
            follows &= ~cells.is_blank(headers)
        return follows

    def _shows(self, cells: TextBatch) -> bool:
        """Whether these rows prove that lines follow their order with empty cells."""
        blank, follows = cells.is_blank(self._order), self._follows(cells)
        count = int(follows.sum())
        if count < max(_LEAST_ROWS, _LEAST_SHARE * cells.rows) or (self._before and blank[0]):
            return False
        with_product = blank.copy()
        for headers in self._line:
            with_product &= ~cells.is_blank(headers)
        if (with_product & ~follows).any():
            return False  # a row with a time but no order number: the number is missing
        lead = _lead_of(~blank)
        has_lead = follows & (lead >= 0)
        for header in self._whole:
            column = cells.columns[header]
            if not column.is_valid().to_numpy(zero_copy_only=False)[has_lead].any():
                self._filled.append(header)
                continue
            own = column.filter(pa.array(has_lead))
            above = column.take(pa.array(lead[has_lead]))
            if pc.any(pc.not_equal(own, above)).as_py():
                self._filled = []
                return False  # contradicts the row above
        return True

    def _fill(
        self, cells: TextBatch, rows: np.ndarray, lead: np.ndarray, numbers: np.ndarray
    ) -> None:
        """Fill `rows` with the cells of their order, unless that order may be quarantined."""
        lost = np.array(sorted(row.row_number for row in list(self._rows.malformed)), np.int64)
        above = lead[rows]
        since = np.where(above >= 0, numbers[np.maximum(above, 0)], self._last_number)
        between = np.searchsorted(lost, numbers[rows]) - np.searchsorted(lost, since)
        can_fill = (between == 0) & ((above >= 0) | bool(self._last))
        rows, above = rows[can_fill], above[can_fill]
        if not len(rows):
            return
        for header in self._filled:
            column = cells.columns[header]
            carried = self._last.get(header, pa.nulls(1, column.type))
            pool = pa.concat_arrays([column, carried.cast(column.type)])
            places = np.where(above >= 0, above, len(column))
            values = pool.take(pa.array(places))
            is_new = np.asarray(values.is_valid()) & np.asarray(column.is_null())[rows]
            if is_new.any():
                mask = np.zeros(cells.rows, np.bool_)
                mask[rows[is_new]] = True
                new = values.filter(pa.array(is_new))
                cells.columns[header] = pc.replace_with_mask(column, pa.array(mask), new)
                cells.mark(
                    self._column.get(header, "order_status"), RepairKind.FILLED_DOWN, rows[is_new]
                )


def _lead_of(leads: np.ndarray) -> np.ndarray:
    """For each row: the position of the last leading row at or above it; -1 if there is no such
    row.
    """
    return np.maximum.accumulate(np.where(leads, np.arange(len(leads)), -1))
