"""Write SQL for the text of each column of a file, in our units and with our codes.

Not here: casting a text to its type (`casting/`), choosing which rows are kept
(`staging_queries.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage import sql_expressions as ex
from assets.ingest.stage.casting.compound_status import joined_status
from assets.ingest.stage.casting.consent_flags import ANSWERS, any_refusal
from assets.ingest.stage.casting.order_status import StatusColumn, combined_status, sent_status
from assets.ingest.stage.casting.type_casting import half_width, strip_invisible
from assets.ingest.stage.casting.unit_conversion import converted_text
from assets.ingest.stage.fast_path import PRECAST
from assets.ingest.stage.orders.order_amounts import OrderAmounts
from assets.resources.lakehouse.rule_sql import text_list
from assets.resources.lakehouse.sql_text import literal
from data_contracts.exports import BY_NAME
from data_contracts.mappings.presets import (
    ANY_HEADER,
    GENERIC,
    SENT_AT,
    STATES,
    CodeRule,
    Source,
    presets,
)
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.table import Column, Table, Type
from data_contracts.units import Unit

_TAKEN_AS_TEXT = (
    Transform.AS_IS,
    Transform.KILOGRAM,
    Transform.BOX,
    Transform.PRICE_PER_BOX,
)
# Prefixes of columns that the stream adds to the file's own.
KEYED, MASKED = "keyed_", "masked_"
SENT_MOMENT = "r_sent_at"
SENT = "r_sent"  # text showing that the goods of a cancelled order were sent


class SourceColumns:
    """The texts of one file of `table`.

    `types`: column of the source → DuckDB type. `has_sending_dates`: an order without a dispatch
    time was not sent. `present`: columns the file has. `ready`: names of columns that come with
    their type.
    """

    def __init__(
        self,
        table: Table,
        match: HeaderMatch,
        types: Mapping[str, str],
        utc_offset_minutes: int,
        *,
        has_sending_dates: bool = False,
    ) -> None:
        self.table, self.match = table, match
        self._has_sending_dates = has_sending_dates
        self.types = types
        self._utc_offset_minutes = utc_offset_minutes
        self.present = [column for column in table.columns if self._is_present(column)]
        self.names = {column.name for column in self.present}
        self.ready = {column.name for column in self.present if self._needs_no_reading(column)}
        self.amounts = OrderAmounts(table, match, self.names)

    @classmethod
    def text_of(
        cls, column: Column, match: HeaderMatch, types: Mapping[str, str], utc_offset_minutes: int
    ) -> str:
        """Write SQL of one column's text, where no other column is read."""
        alone = replace(
            match,
            columns={
                name: sources for name, sources in match.columns.items() if name == column.name
            },
            codes=tuple(rule for rule in match.codes if rule.column == column.name),
        )
        table = BY_NAME[match.mapping.export]
        return cls(table, alone, types, utc_offset_minutes)._text(column)

    def by_name(self) -> dict[str, str]:
        """Return `r_` + column, or name of an amount's text → its SQL."""
        texts = {f"r_{column.name}": self._text(column) for column in self.present}
        texts |= {name: self._source(one) for name, one in self.amounts.sources().items()}
        return texts | self._sent()

    @property
    def stream_columns(self) -> list[str]:
        """Columns that the stream adds to the file's own."""
        return [name for name in self.types if name.startswith((KEYED, MASKED, PRECAST))]

    def keyed(self, name: str, value: str) -> str | None:
        """Return the pseudonym or fingerprint that the stream has for `name`, or None."""
        made = f"{KEYED}{name}"
        return f"case when {value} is not null then {made} end" if made in self.types else None

    def masked(self, column: Column) -> str | None:
        """Return the masked text that the stream has for `column`, or None."""
        made = f"{MASKED}{column.name}"
        return made if made in self.types else None

    def is_precast(self, name: str) -> bool:
        """Whether the fast path checked every text of the column."""
        return f"{PRECAST}{name}" in self.types

    def precast_or(self, column: Column, strict: str) -> str:
        """Return the value that the fast path cast, and `strict` where it did not."""
        made = f"{PRECAST}{column.name}"
        if made not in self.types:
            return strict
        if column.type is Type.TEXT:
            return f"case when {made} then r_{column.name} else {strict} end"
        return f"coalesce({made}, {strict})"

    @property
    def is_weighed(self) -> bool:
        """Whether the header of a quantity names a weight: 数量(斤), 数量(克), 数量(公斤)."""
        return any(
            source.transform in WEIGHTS
            for column in self.present
            if column.unit is Unit.SALE_UNITS
            for source in self.match.columns.get(column.name, ())
        )

    @property
    def is_boxed(self) -> bool:
        """Whether the header of a quantity or price names boxes: 数量(箱), 单价(元/箱)."""
        return any(
            source.transform in (Transform.BOX, Transform.PRICE_PER_BOX)
            for column in self.present
            for source in self.match.columns.get(column.name, ())
        )

    def _is_present(self, column: Column) -> bool:
        if column.name in self.match.columns:
            return True
        if column.name == "order_status" and self._states:
            return True
        return any(rule.column == column.name for rule in self.match.codes)

    def _needs_no_reading(self, column: Column) -> bool:
        """Whether the column comes with its type, as columns of Parquet files may."""
        header = plain_header(self.match, column.name)
        if header is None or column.type is Type.TEXT:
            return False
        return ex.compatible(column, self.types[header])

    def _text(self, column: Column) -> str:
        if column.name in self.ready:
            return ex.quoted(self.match.columns[column.name][0].headers[0])
        raw = self._raw(column)
        rules = [rule for rule in self.match.codes if rule.column == column.name]
        states = self._states if column.name == "order_status" else []
        if not rules and not states:
            return raw
        own = {header for one in self.match.columns.get(column.name, ()) for header in one.headers}
        cases = " ".join(
            f"when trim({_cells(rule.headers)}) = {literal(rule.value)} then {literal(rule.code)}"
            for rule in rules
            if len(rule.headers) > 1 or rule.headers[0] not in own
        )
        if column.codes is None or not (own or states):
            return f"case {cases} else {raw} end"
        text, word_map = self._coded(column, raw, rules)
        if states:
            text = combined_status(text, states, word_map)
        if cases:
            return f"case {cases} else {text} end"
        return text

    def _coded(self, column: Column, raw: str, rules: Sequence[CodeRule]) -> tuple[str, str]:
        """Translate the text `raw` into a code of ours where it is known; also return SQL of the
        word map.
        """
        own = {header for one in self.match.columns.get(column.name, ()) for header in one.headers}
        translated = {
            rule.value: rule.code
            for rule in reversed(rules)
            if len(rule.headers) == 1 and rule.headers[0] in own
        }
        word_map = text_map(translated or generic_words(column))
        word = half_width(strip_invisible(raw))
        ours = text_list(column.codes.values() if column.codes else [])
        # a lambda evaluates repeated expressions only for the rows that need them
        coded_word = (
            f"coalesce(map_extract_value({word_map}, word), "
            f"case when lower(word) in {ours} then lower(word) end, "
            f"map_extract_value({word_map}, lower(word)))"
        )
        tries = [f"list_extract(list_transform([{word}], lambda word: {coded_word}), 1)"]
        if column.name == "order_status":
            tries.append(joined_status(word, word_map))
        coded = f"coalesce({', '.join([*tries, raw])})"
        # most values are codes already: one test avoids comparing every word
        return f"case when {raw} is null or {raw} in {ours} then {raw} else {coded} end", word_map

    def _sent(self) -> dict[str, str]:
        """Write SQL of the last dispatch status of cancelled orders; empty if the file cannot show
        it.
        """
        if not {"cancelled_at", "order_status"} <= self.names:
            return {}
        column = self.table.column("order_status")
        rules = [rule for rule in self.match.codes if rule.column == column.name]
        own, word_map = self._coded(column, self._raw(column), rules)
        # with several words, an order refunded but not cancelled was sent
        joined = joined_status(half_width(strip_invisible(self._raw(column))), word_map)
        went_out = f"case when {joined} = 'refunded' then 'shipped' end"
        sent = sent_status([own, went_out], self._states, word_map)
        called_off = self._text(self.table.column("cancelled_at"))
        texts = {SENT: f"case when {called_off} is not null then {sent} end"}
        if SENT_AT in self.match.columns:
            moments = ", ".join(self._source(one) for one in self.match.columns[SENT_AT])
            texts[SENT_MOMENT] = f"coalesce({moments}, null)"
        return texts

    @property
    def _states(self) -> list[StatusColumn]:
        """Status columns of the file in addition to the order's own status."""
        return [
            StatusColumn(
                name,
                one.headers[0],
                ex.column_text(one.headers[0]),
                {
                    r.value: r.code
                    for r in self.match.codes
                    if (r.column, r.headers) == (name, one.headers)
                },
                self._has_sending_dates,
            )
            for name in STATES
            for one in self.match.columns.get(name, ())
        ]

    def _raw(self, column: Column) -> str:
        """Write the text of the first source that is not empty, or NULL.

        For a refusal every source counts: one refusal is enough.
        """
        sources = self.match.columns.get(column.name, ())
        if column.doubt is not None and len(sources) > 1:
            return any_refusal([self._source(_answering(source)) for source in sources])
        texts = [self._source(source) for source in sources]
        if not texts:
            return "NULL::varchar"
        return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"

    def _source(self, source: Source) -> str:
        text = _cells(source.headers)
        if source.transform in _TAKEN_AS_TEXT:
            return text
        return converted_text(text, source.transform, utc_offset_minutes=self._utc_offset_minutes)


def _answering(source: Source) -> Source:
    """Return a source of a refusal as one whose words are read as answers."""
    return source if source.transform in ANSWERS else replace(source, transform=Transform.REFUSAL)


def _cells(headers: Sequence[str]) -> str:
    """Write the text of the cell under one header, or of several joined."""
    cells = [ex.column_text(header) for header in headers]
    return cells[0] if len(cells) == 1 else f"nullif(concat_ws(' / ', {', '.join(cells)}), '')"


def plain_header(match: HeaderMatch, name: str) -> str | None:
    """Return the header a column is read from unchanged; None if it is transformed."""
    sources = match.columns.get(name, ())
    if len(sources) != 1 or len(sources[0].headers) != 1:
        return None
    if sources[0].transform is not Transform.AS_IS or any(r.column == name for r in match.codes):
        return None
    return sources[0].headers[0]


def generic_words(column: Column) -> dict[str, str]:
    """Return the generic words of a column and their codes."""
    return {
        rule.value: rule.code
        for mapping in presets()
        if mapping.preset == GENERIC
        for rule in mapping.codes
        if rule.column == column.name and rule.headers == (ANY_HEADER,)
    }


def text_map(pairs: Mapping[str, str]) -> str:
    """Write a SQL map of texts."""
    keys = ", ".join(literal(key) for key in pairs)
    values = ", ".join(literal(value) for value in pairs.values())
    return f"map([{keys}], [{values}])"
