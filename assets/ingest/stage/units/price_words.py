"""Read the unit of a price from its cells: `3.50元/斤`, as text or from the number format.

Where rows name their own unit, and in product files, each price is converted to the unit of its
row. A price without a unit is per unit of its row; in rows of kilograms it is per 斤 if most cells
say so. Elsewhere the unit that most of the first cells name holds for the column, and other weights
are converted to it. A cell with any other unit stays unchanged and is quarantined: a price per 份
among prices per 斤 is the price of something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.normalise_stream import NOTED_REPAIRS
from assets.ingest.stage.units.sale_units import PRICES_PER_UNIT
from data_contracts.mappings.presets import Source
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind

JIN, KILOGRAM, BOX, PIECE = "斤", "公斤", "箱", "件"
_UNITS = {
    **dict.fromkeys(("斤", "市斤", "jin", "500g", "500克"), JIN),
    **dict.fromkeys(("公斤", "千克", "kg"), KILOGRAM),
    **dict.fromkeys(("箱", "整箱", "box"), BOX),
    **dict.fromkeys("件份个盒袋包瓶只罐桶支条枚颗束把板听筒提套根块串", PIECE),
    **dict.fromkeys(("pcs", "pc"), PIECE),
}
_KILOGRAMS = {JIN: Decimal("0.5"), KILOGRAM: Decimal(1)}
_READ = {JIN: Transform.PRICE_PER_JIN, BOX: Transform.PRICE_PER_BOX}
_STATED = {read: unit for unit, read in _READ.items()}
_ENGLISH = {JIN: "斤", KILOGRAM: "kilogram", BOX: "box", PIECE: "piece"}
_OF_CODES = {"jin": JIN, "kg": KILOGRAM, "box": BOX, "piece": PIECE}
_SIGN = "[/每／]"
_PRICE = re.compile(
    rf"[¥$]?\s*(\d[\d,]*(?:\.\d+)?)\s*(?:元|圆|rmb|cny|yuan)?\s*[/每]\s*"
    rf"({'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)


_BARE = re.compile(r"[¥$]?\s*(\d[\d,]*(?:\.\d+)?)\s*(?:元|圆|rmb|cny|yuan)?")


class PriceUnit(NamedTuple):
    """The column a header fills and the unit of its prices.

    `rows`: units of the rows, where each price is converted for its row.
    """

    column: str
    unit: str
    rows: _RowUnits | None = None


@dataclass(frozen=True)
class _RowUnits:
    """The units of a file's rows, from their own cells under `headers`.

    `words`: word → unit, as in the mapping. `default_unit`: the unit to which a
    price per weight is converted in a row without a unit; None: the unit of the column's prices.
    `of_bare`: the unit of a price without one in a row of kilograms.
    """

    headers: tuple[str, ...]
    words: Mapping[str, str]
    default_unit: str | None
    of_bare: str = KILOGRAM

    @classmethod
    def of(cls, match: HeaderMatch, *, is_counted: bool) -> _RowUnits | None:
        """Return the row units of a file; None where headers or prices determine the unit."""
        if is_counted and ("sale_unit" not in match.columns or _has_unit_in_header(match)):
            return None
        headers = tuple(h for one in match.columns.get("sale_unit", ()) for h in one.headers)
        words = {
            _plain(rule.value): _OF_CODES[rule.code]
            for rule in reversed(match.codes)
            if rule.column == "sale_unit" and rule.code in _OF_CODES
        }
        # an order line without a unit counts in the unit of its price
        return cls(headers, words, None if is_counted else KILOGRAM)

    def of_rows(self, batch: pa.RecordBatch) -> list[str | None]:
        """Return the unit that each row of the batch names, None where it names none."""
        units: list[str | None] = [None] * batch.num_rows
        for header in self.headers:
            texts = batch.column(header).cast(pa.string()).to_pylist()
            units = [one or self._unit(text) for one, text in zip(units, texts, strict=True)]
        return units

    def seen_in(self, header: str, batches: Sequence[pa.RecordBatch]) -> _RowUnits:
        """Find out what prices under `header` are per in rows of kilograms."""
        votes: Counter[str] = Counter()
        for batch in batches:
            counted = self.of_rows(batch)
            for row, text in _likely(batch.column(header)):
                price = _read(text)
                if price is not None and counted[row] == KILOGRAM:
                    votes[price[1]] += 1
        is_jin = votes[JIN] > votes[KILOGRAM]
        return replace(self, of_bare=JIN if is_jin else KILOGRAM)

    def _unit(self, text: str | None) -> str | None:
        word = _plain(text or "")
        return (self.words.get(word) or _UNITS.get(word, PIECE)) if word else None


def with_price_words(
    match: HeaderMatch, batches: Sequence[pa.RecordBatch], *, is_counted: bool
) -> tuple[HeaderMatch, dict[str, PriceUnit], tuple[Bilingual, ...]]:
    """Read prices per the unit that their cells name; also return units by header, and notes.

    `is_counted`: whether the rows have quantities, which a price relates to.
    """
    columns, notes = dict(match.columns), []
    units: dict[str, PriceUnit] = {}
    is_stated = _has_stated_unit(match) or not is_counted
    rows = _RowUnits.of(match, is_counted=is_counted)
    for name in PRICES_PER_UNIT:
        sources = []
        for one in match.columns.get(name, ()):
            unit = _unit_of(one, batches)
            if unit is None:
                sources.append(one)
                continue
            (header,) = one.headers
            is_plain = one.transform is Transform.AS_IS
            if is_plain and unit is not BOX and rows is not None:
                of_rows = rows.seen_in(header, batches)
                units[header] = PriceUnit(name, unit, of_rows)
                sources.append(one)
                if unit is not PIECE:
                    notes.append(_note_by_row(header, unit, of_rows))
                continue
            units[header] = PriceUnit(name, unit)
            sources.append(
                Source(one.headers, _READ[unit])
                if is_plain and is_stated and unit in _READ
                else one
            )
            if is_plain and unit is not PIECE:
                notes.append(
                    Bilingual(
                        f"{header}: read per {_ENGLISH[unit]}, as its cells say",
                        f"{header}：按每{unit}计价（单元格已注明）",
                    )
                )
        if sources:
            columns[name] = tuple(sources)
    return (replace(match, columns=columns), units, tuple(notes)) if units else (match, {}, ())


def has_prices(match: HeaderMatch) -> bool:
    """Whether a column of the file is a price per unit."""
    return not match.columns.keys().isdisjoint(PRICES_PER_UNIT)


def without_price_words(
    batches: Iterable[pa.RecordBatch], units: Mapping[str, PriceUnit]
) -> Iterator[pa.RecordBatch]:
    """Replace prices with units by plain numbers per the unit of their column, and note it."""
    for batch in batches:
        for header, price_unit in units.items():
            numbers = (
                _numbers(batch.column(header), price_unit.unit)
                if price_unit.rows is None
                else _numbers_by_row(batch, header, price_unit.unit, price_unit.rows)
            )
            if numbers:
                batch = _put(batch, header, numbers)
                noted = batch.column(NOTED_REPAIRS)
                kind = f"{price_unit.column}:{RepairKind.PRICE_UNIT.value}"
                before = noted.take(pa.array(list(numbers))).to_pylist()
                codes = [" ".join(filter(None, (text, kind))) for text in before]
                batch = _put(batch, NOTED_REPAIRS, dict(zip(numbers, codes, strict=True)))
        yield batch


def _has_stated_unit(match: HeaderMatch) -> bool:
    """Whether anything names the unit of a quantity.

    If nothing does, the quantity counts in the unit of the price.
    """
    return _has_unit_in_header(match) or "sale_unit" in match.columns


def _has_unit_in_header(match: HeaderMatch) -> bool:
    stated = (*WEIGHTS, Transform.BOX)
    return any(one.transform in stated for one in match.columns.get("quantity_units", ()))


def _unit_of(source: Source, batches: Sequence[pa.RecordBatch]) -> str | None:
    """Return the unit that the cells under a header name; a unit in the header itself wins."""
    if len(source.headers) != 1:
        return None
    votes: Counter[str] = Counter()
    for batch in batches:
        column = batch.column(source.headers[0])
        votes.update(per for _, _, per in _prices(column))
    if not votes:
        return None
    return _STATED.get(source.transform) or votes.most_common(1)[0][0]


def _prices(column: pa.Array) -> Iterator[tuple[int, Decimal, str]]:
    """Yield row, price and unit of the cells that name a unit."""
    for row, text in _likely(column):
        if (price_and_unit := _read(text)) is not None:
            yield row, *price_and_unit


def _numbers(column: pa.Array, unit: str) -> dict[int, str]:
    """Return row → price without its unit, for the rows that have one."""
    numbers: dict[int, str] = {}
    for row, price, per in _prices(column):
        if per != unit:
            if not {per, unit} <= _KILOGRAMS.keys():
                continue
            price = price * _KILOGRAMS[unit] / _KILOGRAMS[per]
        numbers[row] = f"{price:f}"
    return numbers


def _numbers_by_row(
    batch: pa.RecordBatch, header: str, unit: str, rows: _RowUnits
) -> dict[int, str]:
    """Return row → price per unit of the row, where that differs from the text.

    `unit`: the unit of the column's prices.
    """
    column, counted = batch.column(header), rows.of_rows(batch)
    numbers: dict[int, str] = {}
    for row, price, per in _prices(column):
        wanted = counted[row]
        if wanted is None:
            wanted = (rows.default_unit if per in _KILOGRAMS else None) or unit
        elif per in _KILOGRAMS and (wanted == PIECE or (wanted == BOX and rows.default_unit)):
            wanted = KILOGRAM  # the cell names a weight, and weights are stored in kilograms
        if per != wanted:
            if not {per, wanted} <= _KILOGRAMS.keys():
                continue
            price = price * _KILOGRAMS[wanted] / _KILOGRAMS[per]
        numbers[row] = f"{price:f}"
    if rows.of_bare == KILOGRAM or not pa.types.is_string(column.type):
        return numbers
    for row, one in enumerate(counted):
        if one == KILOGRAM and row not in numbers:
            bare = _BARE.fullmatch(_plain(column[row].as_py() or ""))
            if bare is not None:
                price = (
                    Decimal(bare[1].replace(",", "")) * _KILOGRAMS[one] / _KILOGRAMS[rows.of_bare]
                )
                numbers[row] = f"{price:f}"
    return dict(sorted(numbers.items()))


def _note_by_row(header: str, unit: str, rows: _RowUnits) -> Bilingual:
    """Write the note on a column whose prices are converted row by row."""
    more, more_zh = "", ""
    if rows.of_bare == JIN:
        more, more_zh = " (in rows of kilograms: per 斤)", "（按公斤计的行按每斤）"
    return Bilingual(
        f"{header}: read per {_ENGLISH[unit]}, as its cells say, where the cell says so; other "
        f"prices per what their row counts in{more}",
        f"{header}：单元格已注明的按每{unit}计价，其余按该行的单位计价{more_zh}",
    )


def _put(batch: pa.RecordBatch, name: str, texts: Mapping[int, str]) -> pa.RecordBatch:
    """Write `texts`, in the order of its rows, into a text column of the batch."""
    place = batch.schema.get_field_index(name)
    column = batch.column(place)
    mask = np.zeros(len(column), np.bool_)
    mask[list(texts)] = True
    put = pc.replace_with_mask(column, pa.array(mask), pa.array(texts.values(), column.type))
    return batch.set_column(place, batch.schema.field(place), put)


def _likely(column: pa.Array) -> Iterator[tuple[int, str]]:
    """Yield position and text of the cells that may name a unit."""
    if not pa.types.is_string(column.type):
        return
    has_sign = pc.fill_null(pc.match_substring_regex(column, _SIGN), False)
    rows = np.flatnonzero(has_sign.to_numpy(zero_copy_only=False))
    yield from zip(map(int, rows), column.take(rows).to_pylist(), strict=True)


def _read(text: str) -> tuple[Decimal, str] | None:
    """Parse price and unit; None if the text has no unit.

    >>> _read("¥3.50/斤"), _read("1,200元／kg"), _read("3/4")
    ((Decimal('3.50'), '斤'), (Decimal('1200'), '公斤'), None)
    """
    price = _PRICE.fullmatch(_plain(text))
    if price is None:
        return None
    try:
        return Decimal(price[1].replace(",", "")), _UNITS[price[2]]
    except InvalidOperation:
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
