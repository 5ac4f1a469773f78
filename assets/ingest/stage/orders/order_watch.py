"""Watch a stream for signs that the lines of its orders have to be read together.

Most files give every value on every line and are read line by line. Signs of the others are values
on one line of an order and not on the next, and amounts that are equal on all lines; they are found
with a few comparisons of whole columns per batch. A sign proves nothing; `whole_orders.py` decides
from the whole file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from data_contracts.mappings.presets import DISCOUNT, FREIGHT, ORDER_REFUND, STATES, TOTAL
from data_contracts.mappings.transforms import Transform
from data_contracts.table import OfOrder, Table, Type

# From this many orders on, "only on the first line" (or the last) is no coincidence.
ONE_END_FROM_ORDERS = 5
# Spellings of zero; testing every character would cost more than the rest.
_NOTHING = pa.array(
    [sign + zero for sign in ("", "¥", "￥") for zero in ("0", "0.0", "0.00", "0.000", "0.0000")]
)
# Minimum orders with the amount on one end only, per further line with an amount.
_LED_FROM = 0.1
_NEAR_YUAN = 0.011  # a fen, plus binary rounding
# Minimum share of further lines that repeat the amount if it is the order's.
_REPEATS_FROM = 0.9


@dataclass(frozen=True)
class OrderHeaders:
    """Headers of a file by what they describe.

    `order`: the order number. `always`: by nature the same on all lines of an order. `state`: of
    the order or of the line, as the export has it. `amounts`: column → headers of amounts in yuan
    that may be either.
    """

    order: tuple[str, ...]
    always: tuple[str, ...]
    state: tuple[str, ...]
    amounts: dict[str, tuple[str, ...]]
    # columns whose product is the value of a line
    worth: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, table: Table, match: HeaderMatch) -> OrderHeaders:
        by_kind: dict[OfOrder, dict[str, None]] = {kind: {} for kind in OfOrder}
        amounts = {}
        for column in table.columns:
            headers = [h for one in match.columns.get(column.name, ()) for h in one.headers]
            headers += [
                h for rule in match.codes if rule.column == column.name for h in rule.headers
            ]
            if column.name == "order_status":
                headers += [
                    h for name in STATES for one in match.columns.get(name, ()) for h in one.headers
                ]
            is_amount = column.type is Type.MONEY and column.of_order is OfOrder.MAYBE
            if is_amount and headers:
                amounts[column.name] = tuple(headers)
            by_kind[OfOrder.NO if is_amount else column.of_order] |= dict.fromkeys(headers)
        for name in (TOTAL, FREIGHT, DISCOUNT, ORDER_REFUND):
            for one in match.columns.get(name, ()):
                by_kind[OfOrder.ALWAYS] |= dict.fromkeys(one.headers)
        own = by_kind[OfOrder.NO].keys()
        first = match.columns["order_id"][0].headers if "order_id" in match.columns else ()
        return cls(
            first,
            tuple(h for h in by_kind[OfOrder.ALWAYS] if h not in own),
            tuple(
                h for h in by_kind[OfOrder.MAYBE] if h not in own | by_kind[OfOrder.ALWAYS].keys()
            ),
            amounts,
            tuple(
                tuple(headers)
                for names in _WORTH
                if all(headers := [_plain(match, name) for name in names])
            ),
        )


_WORTH = (("paid_amount_yuan",), ("quantity_units", "unit_price_yuan"))


def _plain(match: HeaderMatch, name: str) -> str:
    """Return the one header a column is read from unchanged, or ''."""
    unchanged = [one for one in match.columns.get(name, ()) if one.transform is Transform.AS_IS]
    is_one = (
        len(unchanged) == len(match.columns.get(name, ())) == 1 and len(unchanged[0].headers) == 1
    )
    return unchanged[0].headers[0] if is_one else ""


class OrderWatch:
    """Collects signs over the batches of one file."""

    def __init__(self, headers: OrderHeaders) -> None:
        self._headers = headers
        self._amounts = [h for of_amount in headers.amounts.values() for h in of_amount]
        self._paid = dict.fromkeys(self._amounts, 0)
        self._repeated = dict.fromkeys(self._amounts, 0)
        # orders with a state on the first line only, or further; on the last only, or before
        self._first_only = dict.fromkeys(headers.state, 0)
        self._behind = dict.fromkeys(headers.state, 0)
        self._last_only = dict.fromkeys(headers.state, 0)
        self._before = dict.fromkeys(headers.state, 0)
        self._is_split = False
        # orders with the amount paid on the first or last line only
        self._paid_headers = set(headers.amounts.get("paid_amount_yuan", ()))
        self._led = dict.fromkeys(self._paid_headers, 0)
        self._is_refunded_beyond = False

    @property
    def shows_whole_orders(self) -> bool:
        """Whether any sign was seen, so that orders have to be read whole."""
        return (
            self._is_split
            or self._is_refunded_beyond
            or any(
                paid > 0 and self._repeated[h] >= _REPEATS_FROM * paid
                for h, paid in self._paid.items()
            )
            or any(led > 0 and led >= _LED_FROM * self._paid[h] for h, led in self._led.items())
            or any(
                only[h] >= ONE_END_FROM_ORDERS and not others[h]
                for only, others in (
                    (self._first_only, self._behind),
                    (self._last_only, self._before),
                )
                for h in self._headers.state
            )
        )

    def observe(self, batch: pa.RecordBatch) -> None:
        """Collect the signs of one batch."""
        same = _same_order(batch, self._headers.order)
        if not same.any():
            return
        first = ~np.concatenate(([False], same[:-1]))  # pair begins an order
        last = ~np.concatenate((same[1:], [False]))
        for header in self._headers.always:
            there = _filled(batch, header)
            if there is not None and (same & (there[1:] != there[:-1])).any():
                self._is_split = True
        for header in self._headers.state:
            there = _filled(batch, header)
            if there is not None:
                self._first_only[header] += int((same & first & there[:-1] & ~there[1:]).sum())
                self._behind[header] += int((same & there[1:]).sum())
                self._last_only[header] += int((same & last & ~there[:-1] & there[1:]).sum())
                self._before[header] += int((same & there[:-1]).sum())
        for header in self._amounts:
            column = batch.column(header)
            alike = pc.equal(column.slice(1), column.slice(0, len(column) - 1)).fill_null(False)
            if header in self._paid_headers:
                paid = _holds_money(column)
                leads = first & paid[:-1] & ~paid[1:]
                trails = last & ~paid[:-1] & paid[1:]
                self._led[header] += int((same & (leads | trails)).sum())
            if header in self._headers.amounts.get("refund_yuan", ()):
                self._look_at_refunds(batch, column, same)
            there = column.slice(1).filter(pa.array(same))
            held = _holds_money(there)
            self._paid[header] += int(held.sum())
            self._repeated[header] += int((held & np.asarray(alike)[same]).sum())

    def _look_at_refunds(self, batch: pa.RecordBatch, column: pa.Array, same: np.ndarray) -> None:
        """Record whether a line was refunded more than it is worth."""
        if self._is_refunded_beyond or not self._headers.worth:
            return
        back = _holds_money(column)
        alone = same & (back[:-1] != back[1:])
        rows = pa.array(np.flatnonzero(back & (np.append(alone, False) | np.append(False, alone))))
        if not len(rows):
            return
        worth = [
            np.prod([_numbers(batch.column(h).take(rows)) for h in headers], axis=0)
            for headers in self._headers.worth
        ]
        beyond = _numbers(column.take(rows)) > np.fmin.reduce(worth) + _NEAR_YUAN
        self._is_refunded_beyond = bool(beyond.any())

    def transform(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Pass the batches on unchanged, and observe each."""
        for batch in batches:
            self.observe(batch)
            yield batch


def _same_order(batch: pa.RecordBatch, headers: Sequence[str]) -> np.ndarray:
    """For each row but the first: whether it belongs to the order of the row before."""
    same = np.ones(max(batch.num_rows - 1, 0), np.bool_)
    for header in headers:
        column = batch.column(header)
        equal = pc.equal(column.slice(1), column.slice(0, max(len(column) - 1, 0)))
        same &= np.asarray(equal.fill_null(False))
    return same if headers else np.zeros_like(same)


def _filled(batch: pa.RecordBatch, header: str) -> np.ndarray | None:
    """Mark cells with a value; None if all or none have one."""
    column = batch.column(header)
    if column.null_count in (0, len(column)):
        return None
    return np.asarray(column.is_valid())


def _holds_money(cells: pa.Array) -> np.ndarray:
    """Mark cells with more than zeros."""
    if pa.types.is_string(cells.type):
        return np.asarray(cells.is_valid()) & ~np.asarray(pc.is_in(cells, value_set=_NOTHING))
    return np.asarray(pc.not_equal(cells, pa.scalar(0, cells.type)).fill_null(False))


def _numbers(cells: pa.Array) -> np.ndarray:
    """Parse the cells as numbers, NaN where they are not."""
    if pa.types.is_string(cells.type):
        bare = pc.replace_substring_regex(cells, "[¥￥,元 ]", "")
        is_number = pc.match_substring_regex(bare, r"^[0-9]{1,15}(\.[0-9]*)?$")
        cells = pc.if_else(is_number, bare, pa.scalar(None, pa.string()))
    return np.asarray(cells.cast(pa.float64(), safe=False).fill_null(np.nan))
