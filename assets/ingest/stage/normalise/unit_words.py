"""Strip units after a quantity: `3件`, `x2`, and `12.5斤` under a header that names 斤.

A counting word adds nothing to a quantity, unless the row counts in something else. Any other unit
is stripped only if the header or the row names the same one; otherwise the row is quarantined,
because the unit of the column is unknown.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum, auto

import numpy as np
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch
from data_contracts.mappings.transforms import Transform
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.units import Unit


class _Counts(Enum):
    """What a unit counts in."""

    PIECES = auto()
    JIN = auto()
    GRAMS = auto()
    KILOGRAMS = auto()
    BOXES = auto()


_WORDS = {
    **dict.fromkeys("件份个盒袋包瓶只罐桶支条枚颗束把板听筒提套根块串", _Counts.PIECES),
    **dict.fromkeys(("pcs", "pc", "piece", "pieces"), _Counts.PIECES),
    **dict.fromkeys(("斤", "市斤", "jin", "500g"), _Counts.JIN),
    **dict.fromkeys(("克", "g"), _Counts.GRAMS),
    **dict.fromkeys(("千克", "公斤", "kg"), _Counts.KILOGRAMS),
    **dict.fromkeys(("箱", "整箱", "box"), _Counts.BOXES),
}
_OF_HEADER = {
    Transform.JIN: _Counts.JIN,
    Transform.GRAM: _Counts.GRAMS,
    Transform.KILOGRAM: _Counts.KILOGRAMS,
    Transform.BOX: _Counts.BOXES,
}
_LIKELY = r"[^\x{0}-\x{7F}]|[A-Za-z*]"
_TIMES = re.compile(r"[x*×]\s*([\d.,]+)")
_BEHIND = re.compile(rf"([\d.,]+)\s*({'|'.join(sorted(_WORDS, key=len, reverse=True))})")


class UnitWords:
    """Strips units from the quantities of one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._headers: dict[str, tuple[str, _Counts | None]] = {}
        for column in table.columns:
            if column.unit is Unit.SALE_UNITS:
                for source in match.columns.get(column.name, ()):
                    counts = _OF_HEADER.get(source.transform)
                    for header in source.headers:
                        self._headers.setdefault(header, (column.name, counts))
        # a counting word is the unit of a row without another
        self._unit_column = "sale_unit" if "sale_unit" in table.column_names else None
        self._units = [h for one in match.columns.get("sale_unit", ()) for h in one.headers]

    def apply(self, cells: TextBatch) -> None:
        """Replace the cell by its number where the unit adds nothing, and mark the rows."""
        for header, (column, counts) in self._headers.items():
            texts = cells.texts(header)
            if texts is None:
                continue
            is_likely = pc.fill_null(pc.match_substring_regex(texts, _LIKELY), False)
            likely = np.flatnonzero(is_likely.to_numpy(zero_copy_only=False))
            if not len(likely):
                continue
            row_units = self._units_of_rows(cells, likely)
            written = texts.take(likely).to_pylist()
            plain = {
                place: number
                for place, text, unit in zip(likely, written, row_units, strict=True)
                if (number := _number(text, counts, unit)) is not None
            }
            if plain:
                rows = np.array(list(plain), np.int64)
                cells.put(header, rows, list(plain.values()))
                marked = column if counts else self._unit_column or column
                cells.mark(marked, RepairKind.UNIT_WORD, rows)

    def _units_of_rows(self, cells: TextBatch, rows: np.ndarray) -> list[str | None]:
        """Return the unit that each of these rows names in a cell of its own."""
        for header in self._units:
            texts = cells.texts(header)
            if texts is not None:
                return [text and _plain(text) for text in texts.take(rows).to_pylist()]
        return [None] * len(rows)


def _number(text: str, of_header: _Counts | None, row_units: str | None) -> str | None:
    """Return the number without its unit; None if `text` is anything else or the unit differs."""
    plain = _plain(text)
    if times := _TIMES.fullmatch(plain):
        return times[1]
    behind = _BEHIND.fullmatch(plain)
    if behind is None:
        return None
    wanted = of_header or (_WORDS.get(row_units) if row_units else _Counts.PIECES)
    return behind[1] if _WORDS[behind[2]] is wanted else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
