"""Mark long ids that a spreadsheet rounded, so that their last digits are all 0.

Saved as CSV with a number format, 123456789012345678 becomes 123456789012345000, which looks like
an id. One such id proves nothing. A column of many ids that all end in at least three zeros does,
and so do orders of different times that share an id. Rounded ids are rewritten in scientific
notation, which casting rejects as lost digits.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.type_casting import is_id_or_code
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, text_offsets
from data_contracts.table import Table, Type

_KEPT_DIGITS = 15
_LONG = rf"^\d{{{_KEPT_DIGITS + 1},}}$"
_ROUNDED = rf"^\d{{{_KEPT_DIGITS}}}0+$"
_PLAINLY_ROUNDED = rf"^\d{{{_KEPT_DIGITS}}}000+$"
_LEAST_IDS = 6
_GLANCE_ROWS = 500


class RoundedIds:
    """Marks rounded ids of one file of `table`; its first rows decide."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._headers = [
            header
            for header, column, is_alone in read_columns(table, match)
            if is_alone
            and column.type is Type.TEXT
            and is_id_or_code(column)
            and column.codes is None
        ]
        times = match.columns.get("ordered_at", ())
        self._times = [header for source in times for header in source.headers]
        orders = match.columns.get("order_id", ())
        self._orders = {header for source in orders for header in source.headers}
        self._rounded: list[str] | None = None

    def apply(self, cells: TextBatch) -> None:
        if self._rounded is None and cells.rows:
            self._rounded = [header for header in self._headers if self._is_rounded(cells, header)]
        for header in self._rounded or []:
            texts = cells.texts(header)
            if texts is None:
                continue
            is_rounded = pc.fill_null(pc.match_substring_regex(texts, _ROUNDED), False)
            rows = np.flatnonzero(is_rounded.to_numpy(zero_copy_only=False))
            if len(rows):
                written = [f"{int(one):.14E}" for one in texts.take(pa.array(rows)).to_pylist()]
                cells.put(header, rows, written)

    def _is_rounded(self, cells: TextBatch, header: str) -> bool:
        texts = cells.texts(header)
        if texts is None or not len(texts):
            return False
        ends, _ = text_offsets(texts)
        if np.diff(ends).max() <= _KEPT_DIGITS:
            return False
        if not self._may_be(texts.slice(0, _GLANCE_ROWS)):
            return False
        distinct = texts.unique().drop_null()
        long = distinct.filter(pc.match_substring_regex(distinct, _LONG))
        if not len(long) or not pc.all(pc.match_substring_regex(long, _ROUNDED)).as_py():
            return False
        if len(long) >= _LEAST_IDS and (
            pc.all(pc.match_substring_regex(long, _PLAINLY_ROUNDED)).as_py()
        ):
            return True
        return header in self._orders and self._are_shared(cells, header, long)

    def _may_be(self, texts: pa.StringArray) -> bool:
        """Whether all long ids of a sample look rounded."""
        long = texts.filter(pc.fill_null(pc.match_substring_regex(texts, _LONG), False))
        return bool(pc.all(pc.match_substring_regex(long, _ROUNDED), min_count=0).as_py())

    def _are_shared(self, cells: TextBatch, header: str, long: pa.Array) -> bool:
        """Whether orders of different times share one of the ids."""
        if len(self._times) != 1 or cells.texts(self._times[0]) is None:
            return False
        named = ["id", "time"]
        both = pa.table([cells.columns[header], cells.columns[self._times[0]]], names=named)
        times = both.filter(pc.is_in(both.column("id"), long)).group_by(named).aggregate([])
        return bool(times.drop_null().num_rows > len(long))
