"""Words that mean an empty cell: `NULL`, `\\N`, `nan`, `None`, `N/A`, `-`.

What counts depends on the column: `NA` under an id or a number is what a program writes for
nothing, as a name it may be one. What people wrote stays but for what only a database writes, and a
word that a mapping translates keeps its meaning.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.cleaning.readings import is_named
from assets.ingest.normalising.batches import Cells, places_of, read_columns, signs_of
from data_contracts.mappings.fitting import Fit
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Mask, Personal, Table, Type

_OF_DATABASES = frozenset({"NULL", r"\N", "(null)", "(NULL)", "<null>", "<NULL>", "<NA>"})
_DASHES = frozenset({"-", "--", "---", "—", "——", "–", "－"})
_OF_PROGRAMS = _OF_DATABASES | {
    "null", "[NULL]", "[null]", "None", "nan", "NaN", "N/A", "undefined",
}  # fmt: skip
_OF_NAMES = _OF_PROGRAMS | _DASHES
_OF_VALUES = _OF_NAMES | {
    "Null", "NONE", "none", "NAN", "n/a", "NA", "nil", "NaT", "/", "\\",
}  # fmt: skip
_SAID = frozenset({"无", "暂无"})
_NO_DAY = frozenset({"0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "0000/0/0"})
_LONGEST = max(len(word.encode()) for word in _OF_VALUES | _NO_DAY) + 2
_SPACES = " \t"


class NullWords:
    """Empties such cells of one file of `table`, read by `fit`."""

    def __init__(self, table: Table, fit: Fit) -> None:
        self._words: dict[str, tuple[str, pa.Array, np.ndarray]] = {}
        for header, column, is_alone in read_columns(table, fit):
            words = words_of(column) if is_alone else _OF_PROGRAMS
            words -= {
                part
                for rule in fit.codes
                if header in rule.headers
                for part in rule.value.split(" / ")
            }
            first = signs_of({word.encode()[0] for word in words} | set(_SPACES.encode()))
            self._words[header] = column.name, pa.array(sorted(words), pa.string()), first

    def apply(self, cells: Cells) -> None:
        for header, (column, words, first) in self._words.items():
            texts = cells.texts(header)
            if texts is None:
                continue
            likely = cells.begun_with(header, first)
            if not len(likely):
                continue
            ends, _ = places_of(texts)
            likely = likely[ends[likely + 1] - ends[likely] <= _LONGEST]
            if not len(likely):
                continue
            found = pc.is_in(pc.utf8_trim(texts.take(pa.array(likely)), _SPACES), words)
            rows = likely[found.to_numpy(zero_copy_only=False)]
            if len(rows):
                cells.put(header, rows, [None] * len(rows))
                cells.mark(column, RepairKind.NULL_WORD, rows)


def words_of(column: Column) -> frozenset[str]:
    """Words that mean nothing under `column`."""
    if column.type in (Type.DATE, Type.TIMESTAMP):
        return _OF_VALUES | _SAID | _NO_DAY
    if column.type is Type.BOOLEAN or column.codes is not None:
        return _OF_VALUES  # 无 is a word for no
    if column.type is not Type.TEXT:
        return _OF_VALUES | _SAID
    if column.personal is Personal.FREE_TEXT:
        return _OF_DATABASES
    if is_named(column) or column.mask in (Mask.PHONE, Mask.ADDRESS):
        return _OF_VALUES | _SAID
    return _OF_NAMES
