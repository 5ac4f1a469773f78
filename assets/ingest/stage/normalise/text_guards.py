"""Strip text guards of spreadsheets: `="007"` around a cell, an apostrophe before it.

Some systems wrap every cell this way, amounts and names too; our own lists and returned files put
an apostrophe before what would run as a formula. Other guards of ids are stripped by casting.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.type_casting import is_id_or_code
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, signs_of
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Mask, Personal, Table, Type

_WRAPPED = re.compile(r'\s*="(.*)"\s*', re.DOTALL)
_FORMULA = re.compile(r"'+(\s*[=+\-@].*)", re.DOTALL)
# WPS and Word replace a typed apostrophe by a typographic one.
_APOSTROPHE = re.compile(r"['‘’＇`´](.*?)’?", re.DOTALL)
_SIGNS = signs_of({sign.encode()[0] for sign in "='‘’＇`´"})


class TextGuards:
    """Strips the guards in one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._columns = [
            (header, column)
            for header, column, _ in read_columns(table, match)
            if column.personal is not Personal.FREE_TEXT
        ]

    def apply(self, cells: TextBatch) -> None:
        for header, column in self._columns:
            texts = cells.texts(header)
            if texts is None:
                continue
            likely = cells.begun_with(header, _SIGNS)
            if not len(likely):
                continue
            guarded = texts.take(pa.array(likely)).to_pylist()
            plain = [without_guard(column, text) for text in guarded]
            changed = np.array(
                [one != text for one, text in zip(plain, guarded, strict=True)], bool
            )
            if changed.any():
                rows = likely[changed]
                kept = [
                    one or None for one, is_other in zip(plain, changed, strict=True) if is_other
                ]
                cells.put(header, rows, kept)
                cells.mark(column.name, RepairKind.TEXT_GUARD, rows)


def without_guard(column: Column, text: str) -> str:
    """Strip the guard around or before a text of `column`."""
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped is not None:
        return wrapped[1].replace('""', '"').strip()
    if column.type is Type.TEXT and not is_id_or_code(column) and column.mask is not Mask.PHONE:
        guarded = _FORMULA.fullmatch(text)
    else:
        guarded = _APOSTROPHE.fullmatch(text)
    return guarded[1] if guarded is not None else text
