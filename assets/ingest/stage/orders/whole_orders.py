"""Read the lines of an order together, where a file gives values of the order once or repeats them.

Each placement is recognised from the whole file, never from its name:

- values of the order on its first or last line only: they hold for all of its lines;
- an amount of the order on one line or on every line: it is shared out by quantity × price, to the
  fen; without prices it is used for orders of one line only;
- amounts paid that include the order's freight: it is deducted (`order_freight.py`);
- no line numbers: the SKU identifies a line, and its second line is `SKU #2`;
- one row per piece, as tills write: identical rows are pieces, not duplicates.

Lines that contradict each other stay unchanged; everything done is reported and counted. Rows are
spooled for this; a file without signs of it (`order_watch.py`) costs nothing more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from assets.ingest.match.match_headers import HeaderMatch, is_line_of_product
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.normalise.normalise_stream import NOTED_REPAIRS
from assets.ingest.stage.orders.amount_shares import share_of_line
from assets.ingest.stage.orders.order_freight import (
    refund_without_freight,
    rows_with_freight,
)
from assets.ingest.stage.orders.order_positions import AmountPositions
from assets.ingest.stage.orders.order_probe import (
    SpooledOrders,
    is_total_shared,
)
from assets.ingest.stage.orders.order_spool import spool_reader, write_reshaped
from assets.ingest.stage.orders.order_totals import (
    orders_beyond_their_lines,
    owed_of_line,
)
from assets.ingest.stage.orders.order_watch import ONE_END_FROM_ORDERS
from assets.ingest.stage.orders.order_wording import (
    IF_ORDERS,
    PLACEMENT_NOTES,
    Placement,
    placement_note,
)
from assets.ingest.stage.orders.repeated_rows import are_pieces
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.readers.rows import ROW_NUMBER
from data_contracts.mappings.presets import (
    FREIGHT,
    ORDER_REFUND,
    STATES,
    TOTAL,
    Source,
    preset_facts,
)
from data_contracts.mappings.presets import LINE_WITH_FREIGHT as LINE
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.table import Table

# Headers of the columns derived here; no file uses them.
_LINE, _SHARE = "linli: line", "linli: share of "
# Amounts next to the amount paid.
_ALONGSIDE_PAID = ("coupon_yuan", "refund_yuan")
# Without prices, this many orders must repeat an amount for it to be the order's.
_EVERY_FROM_ORDERS = 2
_EXCEPTIONS = 0.01
# Columns that identify single rows of an order without line numbers.
_LINE_PARTS = ("sku_id", "quantity_units", "unit_price_yuan", "ordered_at")


@dataclass(frozen=True)
class ReshapedOrders:
    """Rows that can be read line by line, and the match to read them by.

    `repairs`: (column, kind, rows). `unused`: headers that turned out to be of no use.
    """

    reader: pa.RecordBatchReader
    match: HeaderMatch
    notes: tuple[Bilingual, ...] = ()
    repairs: tuple[tuple[str, RepairKind, int], ...] = ()
    unused: tuple[str, ...] = ()


def is_line_derived(match: HeaderMatch) -> bool:
    """Whether lines have no number, or one that only names their product."""
    return "line_id" in match.derived or is_line_of_product(match.columns)


def needs_whole_orders(match: HeaderMatch) -> bool:
    """Whether the headers alone require that orders are read whole."""
    if "order_id" not in match.columns:
        return False
    facts = preset_facts().get(match.mapping.preset)
    return (
        is_line_derived(match)
        or ORDER_REFUND in match.columns
        or {FREIGHT, "paid_amount_yuan"} <= set(match.columns)
        or bool(facts and facts.first_line_only)
        or is_total_shared(match)
    )


def reshape_orders(
    session: Session,
    table: Table,
    match: HeaderMatch,
    path: Path,
    *,
    utc_offset_minutes: int,
    repeats: str | None,
    merged: Collection[str] = (),
) -> ReshapedOrders:
    """Rewrite the spooled rows of an export so that each line has its own values.

    `repeats`: what `platform.toml` says of identical rows; None: decide from the file. `merged`:
    headers with cells merged over several rows.
    """
    made = is_line_derived(match)
    orders = SpooledOrders(session, table, match, path, utc_offset_minutes, is_line_derived=made)
    return _OrderShape(orders, repeats, merged).reshaped(path)


def number_returned_rows(
    session: Session, table: Table, match: HeaderMatch, path: Path, *, utc_offset_minutes: int
) -> ReshapedOrders:
    """Give line numbers to the spooled rows of a returned file, which holds single rows of orders.

    A row without a line number gets one that no row of an export has, because it may be the first
    or the second line of its SKU.
    """
    if not is_line_derived(match):
        return ReshapedOrders(spool_reader(path), match)
    orders = SpooledOrders(session, table, match, path, utc_offset_minutes, is_line_derived=True)
    parts = [f"r_{name}" for name in _LINE_PARTS if name in orders.texts.names]
    made = f"concat_ws(' / ', {', '.join(f'{part}::varchar' for part in parts)})"
    target = write_reshaped(orders, path, {}, {_LINE: made})
    line = {"line_id": (Source((_LINE,)),)}
    return ReshapedOrders(spool_reader(target), replace(match, columns={**match.columns, **line}))


class _OrderShape:
    """The placement of the orders of one file, and the changes that follow from it."""

    def __init__(self, orders: SpooledOrders, repeats: str | None, merged: Collection[str]) -> None:
        self.orders, self.merged = orders, set(merged)
        self.cells, self.amounts, self.repeats = orders.counts()
        self.is_pieces, self.why_repeats = are_pieces(self.repeats, repeats)
        orders.is_pieces = self.is_pieces
        if self.is_pieces:  # each row is a line of its order, so the amounts are counted again
            self.cells, self.amounts, _ = orders.counts()
        facts = preset_facts().get(orders.match.mapping.preset)
        always = [self.cells[header] for header in orders.headers.always]
        self.is_first_line_only = bool(facts and facts.first_line_only) or any(
            seen.first_only and not (seen.not_first or seen.all) for seen in always
        )
        self.is_last_line_only = not self.is_first_line_only and any(
            seen.last_only and not (seen.not_last or seen.all) for seen in always
        )
        self.filled = [header for header in orders.cells if self._is_filled(header)]
        placements = {to: self._placement(to, seen) for to, seen in self.amounts.items()}
        if (
            placements.get("paid_amount_yuan") == Placement.FIRST_LINE
        ):  # laid out like the amount paid
            ends = [
                to for to in _ALONGSIDE_PAID if to in placements and self.amounts[to].is_at_ends
            ]
            placements |= dict.fromkeys(ends, Placement.FIRST_LINE)
        self.rows_with_freight = (
            rows_with_freight(orders) if self._may_include_freight(placements) else 0
        )
        if self.rows_with_freight:
            placements["paid_amount_yuan"] = Placement.WITH_FREIGHT
        self.placements = {
            to: placement
            for to, placement in placements.items()
            if placement not in (None, Placement.ASSUMED_PER_LINE)
        }
        self.assumed_per_line = [
            to for to, placement in placements.items() if placement == Placement.ASSUMED_PER_LINE
        ]

    # -- deciding placements ---------------------------------------------------------------------

    def _may_include_freight(self, placements: dict[str, Placement | None]) -> bool:
        """Whether the file has a freight, and amounts paid are the lines' own."""
        orders = self.orders
        is_own = "paid_amount_yuan" in orders.amounts and placements["paid_amount_yuan"] is None
        return is_own and orders.has_price and FREIGHT in orders.match.columns

    def _is_filled(self, header: str) -> bool:
        seen = self.cells[header]
        if header in self.orders.headers.always:
            return seen.gaps > 0
        # frequent enough on first or last lines to be the order's
        is_first = self.is_first_line_only or seen.first_only >= ONE_END_FROM_ORDERS
        is_last = self.is_last_line_only or seen.last_only >= ONE_END_FROM_ORDERS
        return (seen.is_first and is_first) or (seen.is_last and is_last)

    def _placement(self, to: str, seen: AmountPositions) -> Placement | None:
        """Decide how an amount of the order is laid out; None if it is the line's own."""
        value = self.orders.amounts[to]
        if value == ORDER_REFUND:
            return Placement.FIRST_LINE if self.orders.has_price else Placement.WITHOUT_PRICES
        if value == TOTAL:
            return Placement.ORDER_TOTAL if self.orders.has_price else Placement.WITHOUT_PRICES
        if self.merged & set(self.orders.headers.amounts[to]):
            return Placement.MERGED_CELL if self.orders.has_price else Placement.WITHOUT_PRICES
        if to == "paid_amount_yuan" and seen.is_one_total:
            return Placement.FIRST_LINE
        if to == "refund_yuan" and seen.higher and not seen.every:
            is_alone = seen.is_at_ends and seen.is_hardly_own
            return Placement.FIRST_LINE if is_alone else Placement.SOME_LINES
        if seen.first_only and not seen.other and not seen.every:
            is_sure = self.is_first_line_only or seen.first_only >= ONE_END_FROM_ORDERS
            return (
                (Placement.FIRST_LINE if self.orders.has_price else Placement.WITHOUT_PRICES)
                if is_sure
                else None
            )
        if not seen.every or seen.other > _EXCEPTIONS * seen.every:
            return Placement.SOME_LINES if to == "paid_amount_yuan" and seen.proved else None
        if not self.orders.has_price:
            if seen.every < _EVERY_FROM_ORDERS:
                return None
            return {
                "paid_amount_yuan": Placement.WITHOUT_PRICES,
                "coupon_yuan": Placement.ASSUMED_PER_LINE,
            }.get(to)
        if seen.total > seen.line:
            return (
                Placement.EVERY_LINE if seen.line <= _EXCEPTIONS * seen.total else Placement.UNCLEAR
            )
        if to in _ALONGSIDE_PAID and seen.open and not seen.line:
            return Placement.ASSUMED_PER_LINE
        return (
            Placement.UNCLEAR if to == "paid_amount_yuan" and seen.open and not seen.line else None
        )

    # -- rewriting rows ---------------------------------------------------------------------------

    def reshaped(self, path: Path) -> ReshapedOrders:
        """Rewrite the rows, and return them with the match to read them by."""
        match, orders = self.orders.match, self.orders
        columns = dict(match.columns)
        cells = {header: self._fill(header) for header in self.filled}
        made = {}
        for to, placement in self.placements.items():
            columns.pop(orders.amounts[to], None)
            columns.pop(to, None)
            if placement != Placement.UNCLEAR:
                made[_SHARE + to] = share_of_line(orders, to, placement)
                # as the share of a total, from which the coupon is derived
                is_total = orders.amounts[to] == TOTAL
                columns[LINE if is_total else to] = (Source((_SHARE + to,)),)
                if is_total:
                    columns.pop(FREIGHT, None)
        back, paid = _SHARE + "refund_yuan", _SHARE + "paid_amount_yuan"
        is_back_own = orders.amounts.get("refund_yuan") == "refund_yuan"
        if (
            self.rows_with_freight
            and is_back_own
            and (back in made or "refund_yuan" not in self.placements)
        ):
            made[back] = refund_without_freight(made.get(back), made[paid])
            columns["refund_yuan"] = (Source((back,)),)
        if (orders.is_line_derived and self.repeats.most > 1) or self._has_second_lines():
            made[_LINE] = self._line()
            columns["line_id"] = (Source((_LINE,)),)
        is_coupon_own = "coupon_yuan" not in {*self.placements, *self.assumed_per_line}
        is_paid_own = (
            self.placements.get("paid_amount_yuan", Placement.WITH_FREIGHT)
            is Placement.WITH_FREIGHT
        )
        owed = owed_of_line(orders, is_coupon_own=is_coupon_own, is_paid_own=is_paid_own)
        cells |= self._noted_shares(made)
        target = write_reshaped(orders, path, cells, made, owed) if cells or made else path
        unused = [
            header
            for to, placement in self.placements.items()
            if placement == Placement.UNCLEAR
            for header in orders.headers.amounts[to]
        ]
        return ReshapedOrders(
            spool_reader(target),
            replace(match, columns=columns),
            tuple(self._notes()),
            tuple(self._repairs()),
            tuple(unused),
        )

    def _has_second_lines(self) -> bool:
        """Whether any order has two different lines of one SKU."""
        if not self.orders.is_line_derived:
            return False
        second_line = self.orders.session.scalar(
            f"with {self.orders.lines()} select 1 from lines where copy_no = 1 "
            "and order_key is not null group by order_key, line_key having count(*) > 1 limit 1"
        )
        return second_line is not None

    def _fill(self, header: str) -> str:
        """Write the cell, or the one value of its order where no line contradicts it."""
        cell = ex.quoted(header)
        over = "over (partition by order_key)"
        is_one = [f"min({cell}) {over} = max({cell}) {over}"]
        is_one += [
            f"min({ex.quoted(h)}) {over} is not distinct from max({ex.quoted(h)}) {over}"
            for h in self.orders.headers.always
            if h != header and self.cells[h].unlike
        ]
        return (
            f"case when {cell} is null and order_key is not null and {' and '.join(is_one)} "
            f"then max({cell}) {over} else {cell} end"
        )

    def _line(self) -> str:
        """Write the line number: the product's, with ` #2`, ` #3` … for further lines."""
        versions = "r_updated_at, " if "updated_at" in self.orders.texts.names else ""
        group = f"partition by order_key, {versions}line_key"
        if self.is_pieces:
            place = f"row_number() over ({group} order by {ROW_NUMBER})"
        else:
            place = f"dense_rank() over ({group} order by first_copy)"
        line = "line_key"
        return f"case when {place} = 1 then {line} else {line} || ' #' || ({place})::varchar end"

    def _noted_shares(self, made: dict[str, str]) -> dict[str, str]:
        """Write the repairs of a row with the amounts that sharing gave it or changed."""
        notes = []
        for to, placement in self.placements.items():
            if placement in (Placement.UNCLEAR, Placement.WITH_FREIGHT):
                continue
            share = f"try_cast(({made[_SHARE + to]}) as double)"
            is_other = f"abs({share} - coalesce(v_{self.orders.amounts[to]}, 0)) >= 0.005"
            lines = "count(*) filter (copy_no = 1) over (partition by order_key)"
            code = f"{to}:{RepairKind.ORDER_SHARED.value}"
            notes.append(f"case when {lines} > 1 and {is_other} then '{code}' end")
        listed = f"nullif(concat_ws(' ', {', '.join([NOTED_REPAIRS, *notes])}), '')"
        return {NOTED_REPAIRS: listed} if notes else {}

    # -- reporting --------------------------------------------------------------------------------

    def _repairs(self) -> Iterator[tuple[str, RepairKind, int]]:
        for column in self.orders.table.columns:
            names = [column.name, *(STATES if column.name == "order_status" else ())]
            sources = [
                h for n in names for s in self.orders.match.columns.get(n, ()) for h in s.headers
            ]
            coded = [
                h for r in self.orders.match.codes if r.column == column.name for h in r.headers
            ]
            rows = max(
                (self.cells[h].gaps for h in {*sources, *coded} if h in self.filled), default=0
            )
            if rows:
                yield column.name, RepairKind.ORDER_FILLED, rows
        for to, placement in self.placements.items():
            if placement is Placement.WITH_FREIGHT:
                yield to, RepairKind.FREIGHT_OFF, self.rows_with_freight

    def _notes(self) -> Iterator[Bilingual]:
        for to, placement in self.placements.items():
            headers = self.orders.headers.amounts.get(to) or [
                h for s in self.orders.match.columns[self.orders.amounts[to]] for h in s.headers
            ]
            yield placement_note(self._read_as(headers, to), PLACEMENT_NOTES[placement])
        beyond = (
            orders_beyond_their_lines(self.orders)
            if Placement.ORDER_TOTAL in self.placements.values()
            else 0
        )
        if beyond:
            yield Bilingual(
                f"{beyond:,} orders: the total is more than quantity × price of their lines, as "
                "with a freight or lines that are not in the file: their lines are read as priced",
                f"{beyond:,} 个订单的总额大于各行数量×单价之和，可能含运费或缺行：各行按单价计",
            )
        for to in self.assumed_per_line:
            yield placement_note(self._read_as(self.orders.headers.amounts[to], to), IF_ORDERS)
        if self.filled:
            yield Bilingual(
                f"{', '.join(self.filled)}: on one line of an order, taken for all its lines",
                f"{'、'.join(self.filled)}：整单字段只在首行或末行，已用于该单所有行",
            )
        if self.why_repeats:
            yield self.why_repeats

    def _read_as(self, headers: Sequence[str], to: str) -> Bilingual:
        under = f"{' + '.join(dict.fromkeys(headers))} → "
        return Bilingual(under + to, under + self.orders.table.column(to).zh)
