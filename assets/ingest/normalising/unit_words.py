"""Units written behind a quantity: `3件`, `x2`, and `12.5斤` under a header that says 斤.

A word that counts says nothing a quantity does not. A weight, or a pack, is taken off only where
the header says the same one; anywhere else the row is set aside, for nobody can tell what the
column counts in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc

from assets.ingest.normalising.batches import Cells
from data_contracts.mappings.fitting import Fit
from data_contracts.mappings.transforms import Transform
from data_contracts.repairs import RepairKind
from data_contracts.table import Table
from data_contracts.units import Unit

COUNTING_WORDS = "件份个盒袋包瓶只罐桶支条枚颗束把板听筒提套根块串"
_LIKELY = r"[^\x{0}-\x{7F}]|[A-Za-z*]"
_TIMES = re.compile(r"[x*×]\s*([\d.,]+)|([\d.,]+)\s*(?:pcs|pieces|[" + COUNTING_WORDS + r"])")
_WEIGHTS: Mapping[Transform, str] = {
    Transform.JIN: "斤|市斤",
    Transform.GRAM: "克|g",
    Transform.KILOGRAM: "千克|公斤|kg",
    Transform.BOX: "箱|件|整箱",
}


class UnitWords:
    """Takes units off quantities of one file of `table`, read by `fit`."""

    def __init__(self, table: Table, fit: Fit) -> None:
        self._headers: dict[str, tuple[str, re.Pattern[str]]] = {}
        for column in table.columns:
            if column.unit not in (Unit.SALE_UNITS, Unit.PIECES):
                continue
            for source in fit.columns.get(column.name, ()):
                words = _WEIGHTS.get(source.transform)
                styles = re.compile(rf"([\d.,]+)\s*(?:{words})") if words else _TIMES
                for header in source.headers:
                    self._headers.setdefault(header, (column.name, styles))

    def apply(self, cells: Cells) -> None:
        for header, (column, styles) in self._headers.items():
            texts = cells.texts(header)
            if texts is None:
                continue
            found = pc.fill_null(pc.match_substring_regex(texts, _LIKELY), False)
            likely = np.flatnonzero(found.to_numpy(zero_copy_only=False))
            if not len(likely):
                continue
            plain = {
                place: number
                for place, text in zip(likely, texts.take(likely).to_pylist(), strict=True)
                if (number := _number(text, styles)) is not None
            }
            if plain:
                rows = np.array(list(plain), np.int64)
                cells.put(header, rows, list(plain.values()))
                cells.mark(column, RepairKind.UNIT_WORD, rows)


def _number(text: str, styles: re.Pattern[str]) -> str | None:
    """The number before or behind a unit; None where `text` is anything else."""
    said = styles.fullmatch(unicodedata.normalize("NFKC", text).strip().lower())
    return next((group for group in said.groups() if group), None) if said else None
