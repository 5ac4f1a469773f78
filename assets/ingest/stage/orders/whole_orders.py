"""Read the lines of an order together, where a file says of the order what is meant of its lines.

Operators' files do so in five ways, each found by what the whole file shows, never by its name:

- what belongs to the order stands on its first line only, or on its last: it holds for all;
- an amount of the order stands on its first line, or on every line: it is shared out by quantity ×
  price, to the fen; without prices it is read for orders of one line alone;
- what was paid for a line holds the freight of the order: it is taken off (`order_freight`);
- no number tells the lines of an order apart: the SKU does, and its second line is `SKU #2`;
- there is one row per piece, as tills write: then rows that are alike are pieces, no repeats.

Lines that contradict each other are left as they are, and what was done is said and counted. Rows
are spooled for it; a file that shows no sign of it (`order_watch`) pays nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from assets.ingest.match.match_headers import Fit, is_line_of_product
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.orders.order_freight import (
    refund_without_freight,
    rows_with_freight,
    without_freight,
)
from assets.ingest.stage.orders.order_probe import (
    NEAR_YUAN,
    Amounts,
    SpooledOrders,
    is_total_shared,
)
from assets.ingest.stage.orders.order_spool import copied, reader_of
from assets.ingest.stage.orders.order_totals import (
    orders_beyond_their_lines,
    owed_of_line,
    share_of_total,
)
from assets.ingest.stage.orders.order_watch import ONE_END_FROM_ORDERS
from assets.ingest.stage.orders.order_wording import IF_ORDERS, SAID, How, joined
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

# Headers of the columns made here; no file has any called so.
_LINE, _SHARE = "linli: line", "linli: share of "
# Amounts that stand beside what was paid.
_BESIDE = ("coupon_yuan", "refund_yuan")
# Where no price shows whose an amount is, so many orders must repeat it.
_EVERY_FROM_ORDERS = 2
_EXCEPTIONS = 0.01
# What tells single rows of an order apart where nothing numbers them.
_LINE_PARTS = ("sku_id", "quantity_units", "unit_price_yuan", "ordered_at")


@dataclass(frozen=True)
class Reshaped:
    """Rows as they are to be read line by line, and by which fit. `repairs`: (column, kind, rows).
    `unused`: headers that nothing is read from after all."""

    reader: pa.RecordBatchReader
    fit: Fit
    notes: tuple[Bilingual, ...] = ()
    repairs: tuple[tuple[str, RepairKind, int], ...] = ()
    unused: tuple[str, ...] = ()


def is_line_made(fit: Fit) -> bool:
    """Whether the lines of an order have no number but what names their product."""
    return "line_id" in fit.made or is_line_of_product(fit.columns)


def needs_whole_orders(fit: Fit) -> bool:
    """Whether the headers alone say that orders have to be read whole."""
    if "order_id" not in fit.columns:
        return False
    facts = preset_facts().get(fit.mapping.preset)
    return (
        is_line_made(fit)
        or ORDER_REFUND in fit.columns
        or {FREIGHT, "paid_amount_yuan"} <= set(fit.columns)
        or bool(facts and facts.first_line_only)
        or is_total_shared(fit)
    )


def by_orders(
    session: Session,
    table: Table,
    fit: Fit,
    path: Path,
    *,
    utc_offset_minutes: int,
    repeats: str | None,
    merged: Collection[str] = (),
) -> Reshaped:
    """The spooled rows of an export, each as its whole order says it.

    `repeats`: what `platform.toml` says of rows that are alike; None: to be found out. `merged`:
    headers with cells merged over several rows.
    """
    made = is_line_made(fit)
    orders = SpooledOrders(session, table, fit, path, utc_offset_minutes, is_line_made=made)
    return _Shape(orders, repeats, merged).reshaped(path)


def by_themselves(
    session: Session, table: Table, fit: Fit, path: Path, *, utc_offset_minutes: int
) -> Reshaped:
    """The spooled rows of a hand-back file, which holds single rows of orders.

    Where no number tells lines apart, a row of it gets one that no row of an export has: it may be
    the second of its SKU as well as the first.
    """
    if not is_line_made(fit):
        return Reshaped(reader_of(path), fit)
    orders = SpooledOrders(session, table, fit, path, utc_offset_minutes, is_line_made=True)
    parts = [f"r_{name}" for name in _LINE_PARTS if name in orders.texts.names]
    made = f"concat_ws(' / ', {', '.join(f'{part}::varchar' for part in parts)})"
    target = copied(orders, path, {}, {_LINE: made})
    line = {"line_id": (Source((_LINE,)),)}
    return Reshaped(reader_of(target), replace(fit, columns={**fit.columns, **line}))


class _Shape:
    """What the orders of one file show, and what is done about it."""

    def __init__(self, orders: SpooledOrders, repeats: str | None, merged: Collection[str]) -> None:
        self.orders, self.merged = orders, set(merged)
        self.cells, self.amounts, self.repeats = orders.seen()
        self.is_pieces, self.why_repeats = are_pieces(self.repeats, repeats)
        orders.is_pieces = self.is_pieces
        if self.is_pieces:  # each row is a line of its order: how its amounts are is asked again
            self.cells, self.amounts, _ = orders.seen()
        facts = preset_facts().get(orders.fit.mapping.preset)
        always = [self.cells[header] for header in orders.headers.always]
        self.is_first_line_only = bool(facts and facts.first_line_only) or any(
            seen.first_only and not (seen.not_first or seen.all) for seen in always
        )
        self.is_last_line_only = not self.is_first_line_only and any(
            seen.last_only and not (seen.not_last or seen.all) for seen in always
        )
        self.filled = [header for header in orders.cells if self._is_filled(header)]
        hows = {to: self._how(to, seen) for to, seen in self.amounts.items()}
        if hows.get("paid_amount_yuan") == How.FIRST:  # as what was paid with it
            ends = [to for to in _BESIDE if to in hows and self.amounts[to].is_at_ends]
            hows |= dict.fromkeys(ends, How.FIRST)
        self.rows_laden = rows_with_freight(orders) if self._may_be_laden(hows) else 0
        if self.rows_laden:
            hows["paid_amount_yuan"] = How.LADEN
        self.hows = {to: how for to, how in hows.items() if how not in (None, How.ASKED)}
        self.asked = [to for to, how in hows.items() if how == How.ASKED]

    # -- deciding --------------------------------------------------------------------------------

    def _may_be_laden(self, hows: dict[str, How | None]) -> bool:
        """Whether the file has a freight, and what was paid for the lines is their own."""
        orders = self.orders
        is_own = "paid_amount_yuan" in orders.amounts and hows["paid_amount_yuan"] is None
        return is_own and orders.has_price and FREIGHT in orders.fit.columns

    def _is_filled(self, header: str) -> bool:
        seen = self.cells[header]
        if header in self.orders.headers.always:
            return seen.gaps > 0
        # a state stands on first or last lines because it is the order's, and not by chance
        is_first = self.is_first_line_only or seen.first_only >= ONE_END_FROM_ORDERS
        is_last = self.is_last_line_only or seen.last_only >= ONE_END_FROM_ORDERS
        return (seen.is_first and is_first) or (seen.is_last and is_last)

    def _how(self, to: str, seen: Amounts) -> How | None:
        """How an amount is the order's; None where it is the line's."""
        value = self.orders.amounts[to]
        if value == ORDER_REFUND:
            return How.FIRST if self.orders.has_price else How.ALONE
        if value == TOTAL:
            return How.TOTAL if self.orders.has_price else How.ALONE
        if self.merged & set(self.orders.headers.amounts[to]):
            return How.MERGED if self.orders.has_price else How.ALONE
        if to == "paid_amount_yuan" and seen.is_one_total:
            return How.FIRST
        if to == "refund_yuan" and seen.higher and not seen.every:
            is_alone = seen.is_at_ends and seen.is_hardly_own
            return How.FIRST if is_alone else How.LED
        if seen.first_only and not seen.other and not seen.every:
            is_sure = self.is_first_line_only or seen.first_only >= ONE_END_FROM_ORDERS
            return (How.FIRST if self.orders.has_price else How.ALONE) if is_sure else None
        if not seen.every or seen.other > _EXCEPTIONS * seen.every:
            return How.LED if to == "paid_amount_yuan" and seen.proved else None
        if not self.orders.has_price:
            if seen.every < _EVERY_FROM_ORDERS:
                return None
            return {"paid_amount_yuan": How.ALONE, "coupon_yuan": How.ASKED}.get(to)
        if seen.total > seen.line:
            return How.EVERY if seen.line <= _EXCEPTIONS * seen.total else How.UNCLEAR
        if to in _BESIDE and seen.open and not seen.line:
            return How.ASKED
        return How.UNCLEAR if to == "paid_amount_yuan" and seen.open and not seen.line else None

    # -- doing -----------------------------------------------------------------------------------

    def reshaped(self, path: Path) -> Reshaped:
        fit, orders = self.orders.fit, self.orders
        columns = dict(fit.columns)
        cells = {header: self._fill(header) for header in self.filled}
        made = {}
        for to, how in self.hows.items():
            columns.pop(orders.amounts[to], None)
            columns.pop(to, None)
            if how != How.UNCLEAR:
                made[_SHARE + to] = self._share(to, how)
                # as the share of a total, so that the coupon is made of it
                is_total = orders.amounts[to] == TOTAL
                columns[LINE if is_total else to] = (Source((_SHARE + to,)),)
                if is_total:
                    columns.pop(FREIGHT, None)
        back, paid = _SHARE + "refund_yuan", _SHARE + "paid_amount_yuan"
        is_back_own = orders.amounts.get("refund_yuan") == "refund_yuan"
        if self.rows_laden and is_back_own and (back in made or "refund_yuan" not in self.hows):
            made[back] = refund_without_freight(made.get(back), made[paid])
            columns["refund_yuan"] = (Source((back,)),)
        if (orders.is_line_made and self.repeats.most > 1) or self._has_second_lines():
            made[_LINE] = self._line()
            columns["line_id"] = (Source((_LINE,)),)
        is_coupon_own = "coupon_yuan" not in {*self.hows, *self.asked}
        is_paid_own = self.hows.get("paid_amount_yuan", How.LADEN) is How.LADEN
        owed = owed_of_line(orders, is_coupon_own=is_coupon_own, is_paid_own=is_paid_own)
        target = copied(orders, path, cells, made, owed) if cells or made else path
        unused = [
            header
            for to, how in self.hows.items()
            if how == How.UNCLEAR
            for header in orders.headers.amounts[to]
        ]
        return Reshaped(
            reader_of(target),
            replace(fit, columns=columns),
            tuple(self._notes()),
            tuple(self._repairs()),
            tuple(unused),
        )

    def _has_second_lines(self) -> bool:
        """Whether an order holds a SKU on two lines that are not alike."""
        if not self.orders.is_line_made:
            return False
        found = self.orders.session.scalar(
            f"with {self.orders.lines()} select 1 from lines where copy_no = 1 "
            "and order_key is not null group by order_key, line_key having count(*) > 1 limit 1"
        )
        return found is not None

    def _fill(self, header: str) -> str:
        """The cell, or the one value its order has, where no line of the order contradicts."""
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

    def _share(self, to: str, how: How) -> str:
        """What of the order's amount is the line's, as text; what does not read stays as it is."""
        read = value = f"v_{self.orders.amounts[to]}"
        over = "over (partition by order_key)"
        lines = f"count(*) filter (copy_no = 1) {over}"
        if how in (How.FIRST, How.LED):  # a zero behind the amount says as little as an empty cell
            value = f"nullif({read}, 0)"
        whole = f"coalesce(max({value}) {over}, max({read}) {over})"
        freight = self.orders.of_order(FREIGHT)
        if how == How.TOTAL:
            return share_of_total(self.orders)
        if to == "paid_amount_yuan" and freight != "0":
            freight = f"max({freight}) {over}"
            is_bare = f"abs({whole} - sum(gross) filter (copy_no = 1) {over}) <= 0.011"
            whole = (
                f"case when coalesce({is_bare}, false) then {whole} else {whole} - {freight} end"
            )
        # what is given back is shared by what was paid
        weight = "owed" if to == "refund_yuan" else "gross"
        sum_so_far = "owed_so_far" if to == "refund_yuan" else "so_far"
        shared = "null"
        if how in (How.FIRST, How.EVERY, How.MERGED, How.LED):
            mine = f"case when copy_no = 1 then {weight} end"
            summed = f"sum({mine}) {over}"
            is_known = f"count({mine}) {over} = {lines} and {summed} > 0"
            # a repeat has the share of the row it repeats: either may be the one that stands
            of_line = "max(case when copy_no = 1 then {} end) over (partition by first_copy)"
            so_far, weight = of_line.format(sum_so_far), of_line.format(weight)
            # differences of what is shared out so far add up to the whole, to the fen
            shared = (
                f"case when {is_known} then round({whole} * {so_far} / {summed}, 2) "
                f"- round({whole} * ({so_far} - {weight}) / {summed}, 2) end"
            )
        text = f"r_{self.orders.amounts[to]}"
        source_texts = [n for n in self.orders.texts.amounts.sources() if n.startswith(text)]
        raw = f"coalesce({', '.join([*(source_texts or [text]), 'NULL'])})::varchar"
        if how is How.LADEN:
            return without_freight(self.orders, raw)
        is_unread = f"({read} is null and {raw} is not null)"
        unlike = f"max({value}) {over} - min({value}) {over} >= 0.005"
        # an order none of whose cells are merged says of each line what it says
        is_contrary = f"(count({value}) {over} > 1 and {'true' if how == How.MERGED else unlike})"
        if how == How.LED:  # what is more than its line comes to is the order's
            own = self.orders.most_of_line(to)
            theirs = f"max(case when {value} > 0 then {own} end) {over}"
            is_higher = f"coalesce({whole} > {theirs} + {NEAR_YUAN}, false)"
            is_contrary = f"(count({value}) {over} > 1 or not {is_higher})"
        plain = f"case when {is_unread} or order_key is null or {is_contrary} then {raw}"
        return (
            f"{plain} when {lines} = 1 then ({whole})::decimal(18, 2)::varchar "
            f"else ({shared})::decimal(18, 2)::varchar end"
        )

    def _line(self) -> str:
        """What names the product of a line, and from its second line in the order on, which."""
        versions = "r_updated_at, " if "updated_at" in self.orders.texts.names else ""
        group = f"partition by order_key, {versions}line_key"
        if self.is_pieces:
            place = f"row_number() over ({group} order by {ROW_NUMBER})"
        else:
            place = f"dense_rank() over ({group} order by first_copy)"
        line = "line_key"
        return f"case when {place} = 1 then {line} else {line} || ' #' || ({place})::varchar end"

    # -- saying ----------------------------------------------------------------------------------

    def _repairs(self) -> Iterator[tuple[str, RepairKind, int]]:
        for column in self.orders.table.columns:
            names = [column.name, *(STATES if column.name == "order_status" else ())]
            sources = [
                h for n in names for s in self.orders.fit.columns.get(n, ()) for h in s.headers
            ]
            coded = [h for r in self.orders.fit.codes if r.column == column.name for h in r.headers]
            rows = max(
                (self.cells[h].gaps for h in {*sources, *coded} if h in self.filled), default=0
            )
            if rows:
                yield column.name, RepairKind.ORDER_FILLED, rows
        for to, how in self.hows.items():
            if how is How.LADEN:
                yield to, RepairKind.FREIGHT_OFF, self.rows_laden
            elif how != How.UNCLEAR and self.amounts[to].rows:
                yield to, RepairKind.ORDER_SHARED, self.amounts[to].rows

    def _notes(self) -> Iterator[Bilingual]:
        for to, how in self.hows.items():
            headers = self.orders.headers.amounts.get(to) or [
                h for s in self.orders.fit.columns[self.orders.amounts[to]] for h in s.headers
            ]
            yield joined(self._read_as(headers, to), SAID[how])
        beyond = orders_beyond_their_lines(self.orders) if How.TOTAL in self.hows.values() else 0
        if beyond:
            yield Bilingual(
                f"{beyond:,} orders: the total is more than quantity × price of their lines, as "
                "with a freight or lines that are not in the file: their lines are read as priced",
                f"{beyond:,} 个订单的总额大于各行数量×单价之和，可能含运费或缺行：各行按单价计",
            )
        for to in self.asked:
            yield joined(self._read_as(self.orders.headers.amounts[to], to), IF_ORDERS)
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
