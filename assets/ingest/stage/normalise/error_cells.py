"""Empty cells with the error of a spreadsheet formula: `#N/A`, `#REF!`, `#DIV/0!`.

The intended value is unknown. In an optional column the cell becomes empty and is counted; in a
required one the row is quarantined, and the mark set here gives the reason. Runs after cells are
filled down, so that a failed order number is never taken for an empty one.
"""

from __future__ import annotations

import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, signs_of
from data_contracts.repairs import RepairKind
from data_contracts.table import Table, Type

_GAP = r"[\s\x{3000}]*"
_WORDS = (
    r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|ERROR!|BLOCKED!|BUSY!"
    r"|CONNECT!|UNKNOWN!|EXTERNAL!|GETTING_DATA|#+)"
)
_OF_TEXTS = rf"^{_GAP}{_WORDS}{_GAP}$"
_OF_NUMBERS = rf"^{_GAP}({_WORDS}|Err:\d{{3}}){_GAP}$"


class ErrorCells:
    """Empties and marks error cells of one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._checked: list[tuple[str, list[str], str, bytes]] = []
        for header, column, _ in read_columns(table, match):
            is_text = column.type is Type.TEXT
            fed = [
                name
                for name, sources in match.columns.items()
                if name in table.column_names and any(header in one.headers for one in sources)
            ]
            words = _OF_TEXTS if is_text else _OF_NUMBERS
            self._checked.append(
                (header, fed or [column.name], words, b"# \t" if is_text else b"#E \t")
            )

    def apply(self, cells: TextBatch) -> None:
        for header, columns, words, begins in self._checked:
            texts = cells.texts(header)
            if texts is None:
                continue
            likely = cells.begun_with(header, signs_of(begins))
            if not len(likely):
                continue
            is_error = pc.match_substring_regex(texts.take(likely), words)
            rows = likely[pc.fill_null(is_error, False).to_numpy(zero_copy_only=False)]
            if len(rows):
                cells.put(header, rows, [None] * len(rows))
                for column in columns:
                    cells.mark(column, RepairKind.ERROR_CELL, rows)
