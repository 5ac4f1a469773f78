"""Hear what a price is per where its cells say it: `3.50元/斤`, as a text or by a number's format.

The header may say nothing. What most of the first cells that say something are per holds for the
column; other weights are converted to it, and a cell per anything else stays as it stands, and is
set aside: a price per 份 among prices per 斤 is a price of something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.normalising.stream import NOTED
from assets.ingest.sale_units import PRICES_PER_UNIT
from data_contracts.mappings.fitting import Fit
from data_contracts.mappings.presets import Source
from data_contracts.mappings.transforms import WEIGHTS, Transform
from data_contracts.messages import Said
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
_SIGN = "[/每／]"
_PRICE = re.compile(
    rf"[¥$]?\s*(\d[\d,]*(?:\.\d+)?)\s*(?:元|圆|rmb|cny|yuan)?\s*[/每]\s*"
    rf"({'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)


class Told(NamedTuple):
    """The column that a header fills, and what its prices are per."""

    column: str
    unit: str


def with_price_words(
    fit: Fit, batches: Sequence[pa.RecordBatch], *, is_counted: bool
) -> tuple[Fit, dict[str, Told], tuple[Said, ...]]:
    """`fit` with its prices per what their cells say, those units by header, and what is said.

    `is_counted`: the rows have quantities, which a price is a price of.
    """
    columns, said = dict(fit.columns), []
    units: dict[str, Told] = {}
    is_told = _is_told(fit) or not is_counted
    for name in PRICES_PER_UNIT:
        sources = []
        for one in fit.columns.get(name, ()):
            unit = _unit_of(one, batches)
            if unit is None:
                sources.append(one)
                continue
            (header,) = one.headers
            units[header] = Told(name, unit)
            is_plain = one.transform is Transform.AS_IS
            sources.append(
                Source(one.headers, _READ[unit]) if is_plain and is_told and unit in _READ else one
            )
            if is_plain and unit is not PIECE:
                said.append(
                    Said(
                        f"{header}: read per {_ENGLISH[unit]}, as its cells say",
                        f"{header}：按每{unit}计价（单元格已注明）",
                    )
                )
        if sources:
            columns[name] = tuple(sources)
    return (replace(fit, columns=columns), units, tuple(said)) if units else (fit, {}, ())


def has_prices(fit: Fit) -> bool:
    """Whether a column of the file is a price per unit."""
    return not fit.columns.keys().isdisjoint(PRICES_PER_UNIT)


def without_price_words(
    batches: Iterable[pa.RecordBatch], units: Mapping[str, Told]
) -> Iterator[pa.RecordBatch]:
    """The same rows with the prices alone, per the unit of their column, noted as repaired."""
    for batch in batches:
        for header, told in units.items():
            numbers = _numbers(batch.column(header), told.unit)
            if numbers:
                batch = _put(batch, header, numbers)
                noted = batch.column(NOTED)
                kind = f"{told.column}:{RepairKind.PRICE_UNIT.value}"
                before = noted.take(pa.array(list(numbers))).to_pylist()
                said = [" ".join(filter(None, (text, kind))) for text in before]
                batch = _put(batch, NOTED, dict(zip(numbers, said, strict=True)))
        yield batch


def _is_told(fit: Fit) -> bool:
    """Whether something says what a quantity counts in. Where nothing does, it counts in what the
    price is per, and the price is plainly that."""
    told = (*WEIGHTS, Transform.BOX)
    counted = any(one.transform in told for one in fit.columns.get("quantity_units", ()))
    return counted or "sale_unit" in fit.columns


def _unit_of(source: Source, batches: Sequence[pa.RecordBatch]) -> str | None:
    """What the cells under a header say; a header that says it itself is right."""
    if len(source.headers) != 1:
        return None
    votes: Counter[str] = Counter()
    for batch in batches:
        column = batch.column(source.headers[0])
        for _, text in _likely(column):
            if (found := _read(text)) is not None:
                votes[found[1]] += 1
    if not votes:
        return None
    return _STATED.get(source.transform) or votes.most_common(1)[0][0]


def _numbers(column: pa.Array, unit: str) -> dict[int, str]:
    """Row → its price alone, of the rows in which there is something to take off."""
    numbers: dict[int, str] = {}
    for row, text in _likely(column):
        found = _read(text)
        if found is None:
            continue
        price, per = found
        if per != unit:
            if not {per, unit} <= _KILOGRAMS.keys():
                continue
            price = price * _KILOGRAMS[unit] / _KILOGRAMS[per]
        numbers[row] = f"{price:f}"
    return numbers


def _put(batch: pa.RecordBatch, name: str, texts: Mapping[int, str]) -> pa.RecordBatch:
    """The batch with `texts`, in the order of its rows, in a column of texts."""
    place = batch.schema.get_field_index(name)
    column = batch.column(place)
    mask = np.zeros(len(column), np.bool_)
    mask[list(texts)] = True
    put = pc.replace_with_mask(column, pa.array(mask), pa.array(texts.values(), column.type))
    return batch.set_column(place, batch.schema.field(place), put)


def _likely(column: pa.Array) -> Iterator[tuple[int, str]]:
    """Place and text of the cells that may say a unit."""
    if not pa.types.is_string(column.type):
        return
    found = pc.fill_null(pc.match_substring_regex(column, _SIGN), False)
    rows = np.flatnonzero(found.to_numpy(zero_copy_only=False))
    yield from zip(map(int, rows), column.take(rows).to_pylist(), strict=True)


def _read(text: str) -> tuple[Decimal, str] | None:
    """
    >>> _read("¥3.50/斤"), _read("1,200元／kg"), _read("3/4")
    ((Decimal('3.50'), '斤'), (Decimal('1200'), '公斤'), None)
    """
    found = _PRICE.fullmatch(unicodedata.normalize("NFKC", text).strip().lower())
    if found is None:
        return None
    try:
        return Decimal(found[1].replace(",", "")), _UNITS[found[2]]
    except InvalidOperation:
        return None
