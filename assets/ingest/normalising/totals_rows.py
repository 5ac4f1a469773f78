"""Rows that add others up: 合计, 总计, 小计, Total.

Such a row stands below a table or between its parts and is no order: it is set aside by its name,
counts for no share of bad rows, and nothing is handed back of it. It lacks what every row must
have, so a product called Total stays a product.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.normalising.batches import Cells, read_columns
from assets.resources.inbox.rows import ROW_NUMBER, Malformed
from data_contracts.mappings.fitting import Fit
from data_contracts.table import Table, Type

CODE = "row.totals"
_GAP = r"[\s\x{3000}]*"
_WORDS = rf"(合{_GAP}计|总{_GAP}计|小{_GAP}计|共{_GAP}计|汇{_GAP}总|累{_GAP}计)"
_TOTAL = (
    rf"(?i)^{_GAP}[【\[(（*]*(本页|本单|当日|全部|金额|数量|订单)?{_WORDS}"
    r"([\s\x{3000}:：】\])）(（*].*)?$"
    r"|^\s*(grand\s+|sub[\s-]?)?totals?([\s:(].*)?$"
    rf"|^.{{1,60}}[\s\x{{3000}}]({_WORDS}|total)$"  # as a spreadsheet's own subtotals
)
_NUMBERS = (Type.INTEGER, Type.REAL, Type.MONEY, Type.BOOLEAN)


class TotalsRows:
    """Sets such rows of one file of `table`, read by `fit`, aside.

    `beside`: a column nothing else is read from, in which the word may stand.
    """

    def __init__(self, table: Table, fit: Fit, beside: str | None) -> None:
        self._beside = beside
        self._texts = [
            h for h, column, _ in read_columns(table, fit) if column.type not in _NUMBERS
        ]
        self._required = [
            [header for source in fit.columns[name] for header in source.headers]
            for name in table.required_names
            if name in fit.columns
            and name not in fit.made
            and table.column(name).type not in _NUMBERS
        ]
        self.found: list[Malformed] = []

    def apply(self, cells: Cells) -> None:
        likely = self._likely(cells)
        if len(likely):
            told = likely[self._is_totals(cells, likely)]
            if len(told):
                numbers = cells.columns[ROW_NUMBER].take(pa.array(told)).to_pylist()
                self.found += [totals_row(number) for number in numbers]
                cells.leave_out(told)
        if self._beside is not None:
            cells.columns.pop(self._beside, None)
            cells.leave_out(cells.blank_rows())

    def _likely(self, cells: Cells) -> np.ndarray:
        """Rows that lack something every row must have; all where that is one column only."""
        if len(self._required) < 2:
            return np.arange(cells.rows)
        lacks = np.zeros(cells.rows, np.bool_)
        for headers in self._required:
            if all(cells.columns[header].null_count for header in headers):
                lacks |= cells.is_blank(headers)
        return np.flatnonzero(lacks)

    def _is_totals(self, cells: Cells, rows: np.ndarray) -> np.ndarray:
        """Which of `rows` have the word, and lack a required cell besides."""
        places = pa.array(rows)
        has_word = np.zeros(len(rows), np.bool_)
        word_under: dict[str, np.ndarray] = {}
        for header in [*self._texts, *([self._beside] if self._beside else [])]:
            texts = cells.texts(header)
            if texts is None:
                continue
            found = pc.fill_null(pc.match_substring_regex(texts.take(places), _TOTAL), False)
            word_under[header] = found.to_numpy(zero_copy_only=False)
            has_word |= word_under[header]
        if not has_word.any():
            return has_word
        nothing = np.zeros(len(rows), np.bool_)
        lacks = nothing.copy()
        for headers in self._required:
            lacks |= cells.is_blank(headers)[rows]
        if len(self._required) < 2:
            # the word stands where the name of the row would: nothing else is said of it in words
            lacks |= np.logical_and.reduce(
                [
                    cells.is_blank([header])[rows] | word_under.get(header, nothing)
                    for header in self._texts
                ]
            )
        return has_word & lacks


def totals_row(number: int) -> Malformed:
    """The row of that number as what it is."""
    return Malformed(
        number,
        CODE,
        "a totals row of the file, not a row of the table; it is left out, nothing is to be done",
        "合计行，不是数据行，已略过，无需处理",
    )
