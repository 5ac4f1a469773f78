"""Mark ids that a spreadsheet turned into dates: 5-12 became 12 May, and the original is lost.

In a workbook such a cell holds a date; saved as CSV it is what the sheet showed: 5月12日, 12-May,
May-12. All are rewritten in the first form, which casting rejects as an id. A text with a full date
(2026-05-12) may be a genuine name and stays, and so does any date in the name of a campaign.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.lost_digits import is_date_free
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, text_offsets
from assets.resources.readers.rows import Rows
from data_contracts.table import Table

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = "|".join(_MONTHS)
_SHOWN = rf"(?i)^(\d{{1,2}}-({_NAMED})(-\d{{2}}(\d{{2}})?)?|({_NAMED})-\d{{2}})$"
_SHORTEST, _LONGEST = 5, 11  # 1-May, 12-May-2026


class DatedIds:
    """Mark ids of one file that a spreadsheet turned into dates; `rows` gets the id headers."""

    def __init__(self, table: Table, match: HeaderMatch, rows: Rows) -> None:
        self._headers = [
            header
            for header, column, is_alone in read_columns(table, match)
            if is_alone and is_date_free(column)
        ]
        rows.ids = frozenset(self._headers)

    def apply(self, cells: TextBatch) -> None:
        for header in self._headers:
            texts = cells.texts(header)
            if texts is None or not len(texts):
                continue
            sizes = np.diff(text_offsets(texts)[0])
            likely = np.flatnonzero((sizes >= _SHORTEST) & (sizes <= _LONGEST))
            if not len(likely):
                continue
            is_dated = pc.match_substring_regex(texts.take(pa.array(likely)), _SHOWN)
            rows = likely[pc.fill_null(is_dated, False).to_numpy(zero_copy_only=False)]
            if len(rows):
                cells.put(header, rows, list(map(_day, texts.take(pa.array(rows)).to_pylist())))


def _day(shown: str) -> str:
    """Rewrite `12-May` as `5月12日`."""
    month = next(n for n, name in enumerate(_MONTHS, 1) if name in shown.lower())
    number = re.search(r"\d+", shown)
    return f"{month}月{int(number[0]) if number else 0}日"
