"""Count rows in which two headers of one column hold different numbers: 商品单价 4, 实际单价 3.

A column is read from the first of several headers that has a value. The loaded value hides what the
next one says, so such rows are counted and reported.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch
from data_contracts.mappings.transforms import Transform
from data_contracts.messages import Bilingual
from data_contracts.table import Table, Type


class ConflictingColumns:
    """Counts conflicting rows of one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._pairs: list[tuple[str, str, str]] = []
        for column in table.columns:
            if column.type not in (Type.REAL, Type.MONEY, Type.INTEGER):
                continue
            plain = [
                source.headers[0]
                for source in match.columns.get(column.name, ())
                if len(source.headers) == 1 and source.transform is Transform.AS_IS
            ]
            self._pairs += [(column.name, plain[0], other) for other in plain[1:]]
        self._rows: Counter[tuple[str, str, str]] = Counter()

    def apply(self, cells: TextBatch) -> None:
        """Count the rows of a batch; no cell is changed."""
        for pair in self._pairs:
            first, second = cells.texts(pair[1]), cells.texts(pair[2])
            if first is None or second is None:
                continue
            unlike = pc.fill_null(pc.not_equal(first, second), False)
            rows = np.flatnonzero(np.asarray(unlike))
            if len(rows):
                both = zip(first.take(rows).to_pylist(), second.take(rows).to_pylist(), strict=True)
                self._rows[pair] += sum(_differ(one, other) for one, other in both)

    @property
    def notes(self) -> list[Bilingual]:
        """Notes on the conflicts in the batches read so far."""
        return [
            Bilingual(
                f"{first} is read as {column}; {second} says another number in {rows:,} row(s) and "
                f"is read where {first} is empty. If {second} is the one that counts, rename "
                f"{first}",
                f"{rows:,} 行的 {first} 与 {second} 数值不同，按 {first} 读取（{first} 为空时取 "
                f"{second}）；如应以 {second} 为准，请改 {first} 的表头",
            )
            for (column, first, second), rows in self._rows.items()
            if rows
        ]


def _differ(one: str, other: str) -> bool:
    """Whether two texts are different numbers; False if either is no number."""
    try:
        return float(one.replace(",", "")) != float(other.replace(",", ""))
    except ValueError:
        return False
