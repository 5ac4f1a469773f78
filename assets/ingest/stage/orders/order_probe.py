"""Count, in one query over a file's spooled order lines, where values occur within orders.

SQL text and counts only; `whole_orders.py` decides what follows from them.
"""

from __future__ import annotations

from pathlib import Path

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.casting.type_casting import column_cast
from assets.ingest.stage.normalise.normalise_stream import NOTED_REPAIRS
from assets.ingest.stage.orders.order_positions import (
    AmountPositions,
    CellPositions,
    RepeatedRows,
)
from assets.ingest.stage.orders.order_watch import OrderHeaders
from assets.ingest.stage.source_columns import SourceColumns
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.rows import ROW_NUMBER
from data_contracts.mappings.presets import DISCOUNT, FREIGHT, ORDER_REFUND, TOTAL
from data_contracts.mappings.presets import LINE_WITH_FREIGHT as LINE
from data_contracts.table import Table

# Amounts this close are equal: a fen, plus binary rounding.
NEAR_YUAN = 0.011
_KEYS = ("order_id", "line_id")
_READ = ("order_id", "line_id", "sku_id", "updated_at", "ordered_at")


def is_total_shared(match: HeaderMatch) -> bool:
    """Whether only the total of an order says what was paid for its lines."""
    return TOTAL in match.columns and not {"paid_amount_yuan", LINE} & set(match.columns)


class SpooledOrders:
    """The spooled rows at `path`. `amounts`: column of the line → name of the amount it is read
    from.
    """

    def __init__(
        self,
        session: Session,
        table: Table,
        match: HeaderMatch,
        path: Path,
        utc_offset_minutes: int,
        *,
        is_line_derived: bool,
    ) -> None:
        self.session, self.table, self.match = session, table, match
        self.headers = OrderHeaders.of(table, match)
        self.source = f"read_parquet({literal(str(path))})"
        self.types = {str(r[0]): str(r[1]) for r in session.rows(f"describe from {self.source}")}
        self.texts = SourceColumns(table, match, self.types, utc_offset_minutes)
        self.is_line_derived = is_line_derived
        self.has_price = {"quantity_units", "unit_price_yuan"} <= self.texts.names
        self.amounts = {name: name for name in self.headers.amounts if name in self.texts.names}
        if ORDER_REFUND in match.columns and "refund_yuan" not in self.amounts:
            self.amounts["refund_yuan"] = ORDER_REFUND
        if is_total_shared(match):
            self.amounts["paid_amount_yuan"] = TOTAL
        # set when identical rows turn out to be pieces
        self.is_pieces = False

    @property
    def cells(self) -> list[str]:
        """Headers of values that belong to the order, or may do so."""
        return [*self.headers.always, *self.headers.state]

    def lines(self) -> str:
        """Write CTEs up to `lines`: order, line and numbers of every row, and its copy number.

        Identical rows are numbered from 1; copy 0 is an earlier version of a line that occurs
        again.
        """
        texts = self.texts.by_name()
        shown = {
            f"r_{name}" for name in (*_READ, *_numbers(self))
        } | self.texts.amounts.sources().keys()
        read = [f"{sql} as {name}" for name, sql in texts.items() if name in shown]
        values = [f"{self._number(name)} as v_{name}" for name in _numbers(self)]
        for sql in self.texts.amounts.values():
            value, name = sql.rsplit(" as ", 1)
            values.append(f"({value})::double as v_{name}")
        values += [f"{self._key(name)} as {name.removesuffix('_id')}_key" for name in _KEYS]
        headers = [ex.quoted(name) for name in self.types if name != ROW_NUMBER]
        compared = [
            ex.quoted(name) for name in self.types if name not in (ROW_NUMBER, NOTED_REPAIRS)
        ]
        parts = ["order_key", *(compared if self.is_line_derived else ["line_key"])]
        alike = ", ".join([*parts, *([ROW_NUMBER] if self.is_pieces else [])])
        is_latest = "true"
        if "updated_at" in self.texts.names:
            latest = "max(v_updated_at) over (partition by order_key, line_key)"
            values.append(f"{self._moment('updated_at')} as v_updated_at")
            is_latest = f"coalesce(v_updated_at = {latest}, {latest} is null)"
        return f"""
texts as (select {", ".join([*headers, ROW_NUMBER, *read])} from {self.source}),
typed as (select {", ".join(["*", *values])} from texts),
versions as (select *, {is_latest} as is_latest from typed),
lines as (
  select *, v_quantity_units * v_unit_price_yuan as gross,
    case when is_latest then row_number() over (
      partition by {alike} order by is_latest desc, {ROW_NUMBER}
    ) else 0 end as copy_no,
    min({ROW_NUMBER}) over (partition by {alike}) as first_copy,
    count(*) over (partition by {alike}) as copies
  from versions
)"""

    def of_order(self, name: str) -> str:
        """Write an amount of the whole order, 0 where the file has none."""
        return f"coalesce(v_{name}, 0)" if name in self.match.columns else "0"

    def counts(self) -> tuple[dict[str, CellPositions], dict[str, AmountPositions], RepeatedRows]:
        """Count over all orders: by header, by amount column, and repeated rows."""
        per: list[str] = []
        over: list[str] = []
        for place, header in enumerate(self.cells):
            mine, counted = _cells(place, ex.quoted(header))
            per, over = per + mine, over + counted
        for to, value in self.amounts.items():
            also = (self._also_whole(to), self._also_line(to))
            mine, counted = _amounts(to, f"v_{value}", self.most_of_line(to), *also)
            per, over = per + mine, over + counted
        query = f"""
with {self.lines()},
orders as (
  select order_key, count(*) as rows, count(*) filter (copy_no = 1) as lines,
    max({ROW_NUMBER}) - min({ROW_NUMBER}) + 1 = count(*) as is_together,
    sum(gross) filter (copy_no = 1) as sum_lines, sum(gross) as sum_rows,
    sum({self._value("paid_amount_yuan")}) filter (copy_no = 1) as sum_paid,
    count(gross) filter (copy_no = 1) as priced,
    min(gross) as least_gross, max(gross) as most_gross,
    max(copies) as most_copies, min(copies) as least_copies,
    count(*) filter (v_quantity_units is distinct from 1) as other_than_one,
    max({self.of_order(TOTAL)}) as order_total,
    max({self.of_order(FREIGHT)}) as freight, max({self.of_order(DISCOUNT)}) as discount,
    {", ".join(per) if per else "0 as nothing"}
  from lines where order_key is not null group by order_key
)
select count(*) filter (most_copies > 1) as orders,
  count(*) filter (most_copies > 1 and not is_together) as orders_apart,
  min(least_copies) as least, max(most_copies) as most,
  sum(other_than_one)::bigint as other_than_one,
  {self._paid_by("sum_rows")} as paid_by_rows, {self._paid_by("sum_lines")} as paid_by_lines,
  {", ".join(over) if over else "0 as nothing"}
from orders"""
        sums = {k: int(v or 0) for k, v in self.session.arrow(query).to_pylist()[0].items()}
        return (
            {
                header: CellPositions(*(sums[f"{part}_{place}"] for part in "fledwug"))
                for place, header in enumerate(self.cells)
            },
            {
                to: AmountPositions(*(sums[f"{part}_{to}"] for part in "foetlprzvhm"))
                for to in self.amounts
            },
            RepeatedRows(*(sums[name] for name in RepeatedRows.__dataclass_fields__)),
        )

    def _paid_by(self, summed: str) -> str:
        """Count orders with repeated rows whose amount equals the sum `summed`."""
        if TOTAL in self.match.columns:
            return (
                f"count(*) filter (most_copies > 1 and abs(order_total - freight + discount "
                f"- {summed}) <= {NEAR_YUAN})"
            )
        if "paid_amount_yuan" not in self.amounts:
            return "0"
        # a row's own amount does not show how many there are
        return (
            "count(*) filter (most_copies > 1 and same_paid_amount_yuan "
            "and mine_paid_amount_yuan < rows "
            f"and abs(top_paid_amount_yuan - {summed}) <= {NEAR_YUAN})"
        )

    def _value(self, to: str) -> str:
        """Write the value that an amount of the line is read from, NULL where the file has none."""
        return f"v_{self.amounts[to]}" if to in self.amounts else "NULL::double"

    def most_of_line(self, to: str) -> str:
        """Write the upper limit of an amount of a line: its gross; of a refund, the amount paid +
        freight.
        """
        if to != "refund_yuan":
            return "gross"
        paid = self._value("paid_amount_yuan")
        return f"least(gross, coalesce({paid}, gross)) + {self.of_order(FREIGHT)}"

    def _also_whole(self, to: str) -> str:
        """Write the condition that coupon and amount paid show the amount to be the order's."""
        if to == "coupon_yuan":
            return self._is_paid_less("top_coupon_yuan")
        if to == "paid_amount_yuan" and "coupon_yuan" in self.amounts:
            once = (
                "((n_coupon_yuan = rows and same_coupon_yuan) or n_coupon_yuan = 1 "
                "or (ends_coupon_yuan and paying_coupon_yuan = 1))"
            )
            less = "sum_lines - top_coupon_yuan - top_paid_amount_yuan"
            return f"coalesce({once} and top_coupon_yuan > 0 and abs({less}) <= {NEAR_YUAN}, false)"
        return "false"

    def _also_line(self, to: str) -> str:
        """Write the condition that coupon and amount paid show the amount to be each line's."""
        return self._is_paid_less("lines * top_coupon_yuan") if to == "coupon_yuan" else "false"

    def _is_paid_less(self, coupon: str) -> str:
        """Write the condition that the order paid the sum of its lines less `coupon`."""
        paid = []
        if self.amounts.get("paid_amount_yuan", TOTAL) != TOTAL:
            top = "top_paid_amount_yuan"
            paid = ["sum_paid", f"case when same_paid_amount_yuan then {top} end"]
        if TOTAL in self.match.columns:
            paid.append("order_total")
        near = [
            f"abs({one} - {freight} - (sum_lines - {coupon})) <= {NEAR_YUAN}"
            for one in paid
            for freight in ("0", "freight")
        ]
        return f"coalesce(priced = lines and ({' or '.join(near)}), false)" if near else "false"

    def _key(self, name: str) -> str:
        """Write the id as it will be stored, or the text itself if it does not parse."""
        how = column_cast(self.table.column(name), f"r_{name}::varchar", utc_offset_minutes=0)
        return (
            f"coalesce({', '.join([how.strict, *(s for _, s in how.repaired)])}, r_{name}::varchar)"
        )

    def _moment(self, name: str) -> str:
        if name in self.texts.ready:
            return f"r_{name}"
        how = column_cast(self.table.column(name), f"r_{name}", utc_offset_minutes=0)
        return f"coalesce({', '.join([how.strict, *(sql for _, sql in how.repaired), 'NULL'])})"

    def _number(self, name: str) -> str:
        if name not in self.texts.names:
            return "NULL::double"
        if name in self.texts.ready:
            return f"r_{name}::double"
        how = column_cast(self.table.column(name), f"r_{name}", utc_offset_minutes=0)
        reads = [how.strict, *(sql for _, sql in how.repaired), "NULL"]
        return f"coalesce({', '.join(reads)})::double"


def _numbers(orders: SpooledOrders) -> list[str]:
    return ["quantity_units", "unit_price_yuan", *orders.headers.amounts]


def _cells(place: int, cell: str) -> tuple[list[str], list[str]]:
    """Write the counts of one header's cells, per order and over all orders."""
    per = [
        f"count({cell}) as n_{place}",
        f"coalesce(min({cell}) = max({cell}), false) as same_{place}",
        f"coalesce(arg_min({cell} is not null, {ROW_NUMBER}), false) as first_{place}",
        f"coalesce(arg_max({cell} is not null, {ROW_NUMBER}), false) as last_{place}",
    ]
    is_one = f"n_{place} > 0 and same_{place}"
    over = [
        f"count(*) filter (rows > 1 and n_{place} = 1 and first_{place}) as f_{place}",
        f"count(*) filter (rows > 1 and n_{place} = 1 and last_{place}) as l_{place}",
        f"count(*) filter (n_{place} > 0 and not first_{place}) as e_{place}",
        f"count(*) filter (n_{place} > 0 and not last_{place}) as d_{place}",
        f"count(*) filter (rows > 1 and n_{place} = rows) as w_{place}",
        f"count(*) filter (n_{place} > 0 and not same_{place}) as u_{place}",
        f"sum(case when {is_one} then rows - n_{place} else 0 end)::bigint as g_{place}",
    ]
    return per, over


def _amounts(
    to: str, value: str, most: str, also_whole: str, also_line: str
) -> tuple[list[str], list[str]]:
    """Write the counts of one amount, per order and over all orders.

    `most`: the upper limit of an amount of a line. `also_whole`, `also_line`: further conditions
    that show whose amount it is.
    """
    per = [
        f"max({value}) as top_{to}",
        f"count({value}) as n_{to}",
        f"coalesce(max({value}) - min({value}) < 0.005, false) as same_{to}",
        f"coalesce(arg_min({value} is not null, {ROW_NUMBER}), false) as first_{to}",
        f"count(*) filter (abs({value} - gross) <= {NEAR_YUAN}) as mine_{to}",
        f"coalesce(arg_min(coalesce({value}, 0) > 0, {ROW_NUMBER}) "
        f"or arg_max(coalesce({value}, 0) > 0, {ROW_NUMBER}), false) as ends_{to}",
        f"count(*) filter (copy_no = 1 and {value} > 0) as paying_{to}",
        f"max(case when {value} > 0 then coalesce({most}, 0) end) as its_{to}",
        f"min({most}) as least_{to}",
    ]
    several = f"lines > 1 and top_{to} > 0"
    first = f"n_{to} = 1 and first_{to}"
    every = f"n_{to} = rows and same_{to}"
    # a line is never paid more than it comes to
    whole = (
        f"priced = lines and (abs(top_{to} - sum_lines) <= {NEAR_YUAN} "
        f"or abs(top_{to} - freight + discount - sum_lines) <= {NEAR_YUAN} "
        f"or top_{to} > least_{to} + {NEAR_YUAN} or {also_whole})"
    )
    line = f"(mine_{to} = rows or {also_line})"
    head = f"{several} and priced = lines and ends_{to} and paying_{to} = 1"
    comes_to = (
        f"(abs(top_{to} - sum_lines) <= {NEAR_YUAN} "
        f"or abs(top_{to} - freight + discount - sum_lines) <= {NEAR_YUAN} or {also_whole})"
    )
    higher = f"top_{to} > its_{to} + {NEAR_YUAN}"
    if to == "refund_yuan":  # a refund never exceeds the amount paid
        higher = f"({higher} and top_{to} <= sum_lines + freight + {NEAR_YUAN})"
    over = [
        f"count(*) filter ({several} and {first}) as f_{to}",
        f"count(*) filter ({several} and n_{to} > 0 and not ({first}) and not ({every})) as o_{to}",
        f"count(*) filter ({several} and {every}) as e_{to}",
        f"count(*) filter ({several} and {every} and {whole}) as t_{to}",
        f"count(*) filter ({several} and {every} and not ({whole}) and {line}) as l_{to}",
        f"count(*) filter ({several} and {every} and not ({whole}) and not {line} "
        f"and coalesce(least_gross < most_gross, true)) as p_{to}",
        f"sum(case when {several} and (({first}) or ({every}) or ({head})) then rows else 0 end)"
        f"::bigint as r_{to}",
        f"count(*) filter ({head} and not ({first}) and not ({every})) as z_{to}",
        f"count(*) filter ({head} and {higher} and {comes_to}) as v_{to}",
        f"count(*) filter ({head} and {higher}) as h_{to}",
        f"count(*) filter ({head} and abs(top_{to} - its_{to}) <= {NEAR_YUAN}) as m_{to}",
    ]
    return per, over
