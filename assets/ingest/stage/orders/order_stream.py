"""Open the rows of a file for staging, with orders read whole where necessary.

Only the first rows are held in memory. If a later batch shows that orders have to be read whole,
the file is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.orders.fen_amounts import with_fen
from assets.ingest.stage.orders.order_spool import spool_rows
from assets.ingest.stage.orders.order_watch import OrderHeaders, OrderWatch
from assets.ingest.stage.orders.whole_orders import (
    ReshapedOrders,
    needs_whole_orders,
    number_returned_rows,
    reshape_orders,
)
from assets.ingest.stage.returned_rows import is_returned_file
from assets.ingest.stage.units.price_units import with_price_units
from assets.ingest.stage.units.price_words import has_prices, with_price_words, without_price_words
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.rows import ROW_NUMBER
from data_contracts.exports import ORDERS
from data_contracts.mappings.presets import LINE_WITH_FREIGHT, SENT_AT, STATES, TOTAL

# Minimum share of paid rows with a payment time for it to be meaningful.
_DATED_FROM = 0.9
_REFUNDED = "退款成功|已退款|退款完成|全额退款|已全额退款|退款已完成|(?i)^refunded$"
_SAMPLED_ROWS, _SAMPLED_BYTES = 10_000, 32 << 20


@dataclass(frozen=True)
class OrderStream:
    """A stream of rows to be read by `rows.match`.

    `order_facts`: `has_payment_dates` (an order without a payment time and amount is unpaid) and
    `has_sending_dates` (an order without a dispatch time was not sent). `shows_whole_orders`: once
    the stream is read, whether it has to be read again with whole orders.
    """

    rows: ReshapedOrders
    order_facts: Mapping[str, bool] = field(default_factory=dict)
    shows_whole_orders: Callable[[], bool] = lambda: False


def open_order_stream(
    session: Session,
    source: IdentifiedFile,
    reader: pa.RecordBatchReader,
    folder: Path,
    *,
    utc_offset_minutes: int,
    is_whole: bool,
    merged: Collection[str] = (),
) -> OrderStream:
    """Open the stream `reader` of `source` for staging.

    `is_whole`: read orders whole whatever the first rows show. `merged`: headers with cells merged
    over several rows.
    """
    match = source.match
    is_orders = source.table is ORDERS and "order_id" in match.columns
    if not is_orders and not has_prices(match):
        return OrderStream(ReshapedOrders(reader, match))
    batches = iter(reader)
    held = list(_first(batches))
    match, units, in_words = with_price_words(match, held, is_counted=source.table is ORDERS)
    if units:
        held = list(without_price_words(held, units))
        batches = without_price_words(batches, units)
    if not is_orders:
        again = pa.RecordBatchReader.from_batches(reader.schema, chain(held, batches))
        return OrderStream(ReshapedOrders(again, match, in_words))
    headers = OrderHeaders.of(source.table, match)
    watch = OrderWatch(headers)
    match, in_fen = with_fen(match, held)
    match, per_unit = with_price_units(match, held, stated=units)
    notes = (*in_words, *in_fen, *per_unit)
    for batch in held:
        watch.observe(_group_by_order(batch, headers.order))
    order_facts = {
        "has_payment_dates": any(_has_payment_dates(batch, match) for batch in held),
        "has_sending_dates": any(_has_sending_dates(batch, match) for batch in held),
    }
    is_merged = any(
        set(merged) & set(amount_headers) for amount_headers in headers.amounts.values()
    )
    if not (is_whole or is_merged or watch.shows_whole_orders or needs_whole_orders(match)):
        stream = chain(held, watch.transform(batches))
        again = pa.RecordBatchReader.from_batches(reader.schema, stream)
        return OrderStream(
            ReshapedOrders(again, match, notes), order_facts, lambda: watch.shows_whole_orders
        )
    path = spool_rows(chain(held, batches), reader.schema, folder / "whole")
    if is_returned_file(source):
        rows = number_returned_rows(
            session, ORDERS, match, path, utc_offset_minutes=utc_offset_minutes
        )
    else:
        rows = reshape_orders(
            session,
            ORDERS,
            match,
            path,
            utc_offset_minutes=utc_offset_minutes,
            repeats=source.repeats,
            merged=merged,
        )
    return OrderStream(replace(rows, notes=(*notes, *rows.notes)), order_facts)


def _first(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Return the first rows as one batch; a reader may return a batch of a single row."""
    held: list[pa.RecordBatch] = []
    while (
        sum(batch.num_rows for batch in held) < _SAMPLED_ROWS
        and sum(batch.nbytes for batch in held) < _SAMPLED_BYTES
    ):
        batch = next(batches, None)
        if batch is None:
            break
        held.append(batch)
    if len(held) < 2:
        yield from held
        return
    yield from pa.Table.from_batches(held).combine_chunks().to_batches()


def _group_by_order(batch: pa.RecordBatch, order: tuple[str, ...]) -> pa.RecordBatch:
    """Sort the batch by order, unless the lines of each order are adjacent already."""
    if len(order) != 1 or batch.num_rows < 2:
        return batch
    ids = batch.column(order[0])
    runs = int(
        np.asarray(pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).fill_null(True)).sum()
    )
    if pc.count_distinct(ids).as_py() >= runs + 1:
        return batch
    return batch.take(pc.sort_indices(batch, [(order[0], "ascending"), (ROW_NUMBER, "ascending")]))


def _has_payment_dates(batch: pa.RecordBatch, match: HeaderMatch) -> bool:
    """Decide whether paid orders have a payment time, so that an order without both is unpaid."""
    moments = [h for one in match.columns.get("paid_at", ()) for h in one.headers]
    amounts = [
        header
        for name in ("paid_amount_yuan", TOTAL, LINE_WITH_FREIGHT)
        for one in match.columns.get(name, ())
        for header in one.headers
    ]
    if not moments or not amounts:
        return False
    dated = _any(np.asarray(batch.column(h).is_valid()) for h in moments)
    paid = _any(
        np.asarray(
            pc.match_substring_regex(batch.column(h).cast(pa.string()), "[1-9]").fill_null(False)
        )
        for h in amounts
    )
    count = int(paid.sum())
    return count > 0 and int((paid & dated).sum()) >= _DATED_FROM * count


def _has_sending_dates(batch: pa.RecordBatch, match: HeaderMatch) -> bool:
    """Decide whether refunded orders have a dispatch time, so that one without it was not sent."""
    moments = [h for one in match.columns.get(SENT_AT, ()) for h in one.headers]
    states = [
        header
        for name in ("order_status", *STATES)
        for one in match.columns.get(name, ())
        for header in one.headers
        if name != SENT_AT
    ]
    if not moments or not states:
        return False
    sent = _any(np.asarray(batch.column(h).is_valid()) for h in moments)
    refunded = _any(
        np.asarray(
            pc.match_substring_regex(batch.column(h).cast(pa.string()), _REFUNDED).fill_null(False)
        )
        for h in states
    )
    return bool((sent & refunded).any())


def _any(masks: Iterator[np.ndarray]) -> np.ndarray:
    return np.logical_or.reduce(list(masks))
