"""Hold the cells of one batch while normalising steps change them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.resources.readers.rows import ROW_NUMBER
from data_contracts.mappings.presets import ORDER_REFUND, STATES
from data_contracts.mappings.transforms import IN_WORDS
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Table


class TextBatch:
    """Columns of one batch by header. `marks`: (column, kind of repair) → rows that had it."""

    def __init__(self, columns: dict[str, pa.Array]) -> None:
        self.columns = columns
        self._first: dict[str, tuple[pa.Array, np.ndarray]] = {}
        self.marks: dict[tuple[str, RepairKind], np.ndarray] = {}

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())))

    def texts(self, header: str) -> pa.StringArray | None:
        """Return the texts under a header; None if it is missing or has another type."""
        column = self.columns.get(header)
        return column if column is not None and pa.types.is_string(column.type) else None

    def is_blank(self, headers: Sequence[str]) -> np.ndarray:
        """Mark rows that are empty under all of `headers`."""
        blank = np.ones(self.rows, np.bool_)
        for header in headers:
            blank &= np.asarray(self.columns[header].is_null())
        return blank

    def blank_rows(self) -> np.ndarray:
        """Return the positions of rows without any cell."""
        named = [header for header in self.columns if header != ROW_NUMBER]
        if any(self.columns[header].null_count == 0 for header in named):
            return np.empty(0, np.int64)
        return np.flatnonzero(self.is_blank(named))

    def leave_out(self, rows: np.ndarray) -> None:
        """Drop the rows at these positions."""
        if not len(rows):
            return
        kept = np.ones(self.rows, np.bool_)
        kept[rows] = False
        mask = pa.array(kept)
        self.columns = {name: column.filter(mask) for name, column in self.columns.items()}
        self.marks = {key: marked[kept] for key, marked in self.marks.items()}

    def begun_with(self, header: str, signs: np.ndarray) -> np.ndarray:
        """Return rows whose text begins with one of `signs`, a table of 256 bytes."""
        texts = self.columns[header]
        first_bytes = self._first.get(header)
        if first_bytes is None or first_bytes[0] is not texts:
            first_bytes = self._first[header] = texts, _first_bytes(texts)
        hit = signs[first_bytes[1]]
        if not hit.any():
            return np.empty(0, np.int64)
        rows = np.flatnonzero(hit)
        ends, _ = text_offsets(texts)
        return rows[ends[rows + 1] > ends[rows]]

    def mark(self, column: str, kind: RepairKind, rows: np.ndarray) -> None:
        """Record that the rows at these positions had a repair."""
        mask = self.marks.setdefault((column, kind), np.zeros(self.rows, np.bool_))
        mask[rows] = True

    def put(self, header: str, rows: np.ndarray, texts: Sequence[str | None]) -> None:
        """Replace the cells in `rows`, in any order, by `texts`."""
        if (rows[1:] < rows[:-1]).any():
            texts = [texts[place] for place in np.argsort(rows)]
        mask = np.zeros(self.rows, np.bool_)
        mask[rows] = True
        self.columns[header] = pc.replace_with_mask(
            self.columns[header], pa.array(mask), pa.array(texts, pa.string())
        )


# Auxiliary column → the column it belongs to.
_FILLS_LIKE = dict.fromkeys(STATES, "order_status") | {ORDER_REFUND: "refund_yuan"}


def read_columns(table: Table, match: HeaderMatch) -> Iterator[tuple[str, Column, bool]]:
    """Yield each header that is read, the first column it fills, and whether it does so alone.

    An amount of the whole order counts as a column of its kind, a status column next to the order's
    own as its status. Derived columns come last. Headers that are searched for refusals in words
    are left out.
    """
    money = next((column for column in table.columns if column.name == "paid_amount_yuan"), None)
    by_name = {column.name: column for column in table.columns}
    seen: set[str] = set()
    for name in sorted(match.columns, key=lambda name: name in match.derived):
        column = by_name.get(_FILLS_LIKE.get(name, name), money)
        if column is None:
            continue
        for source in match.columns[name]:
            if source.transform in IN_WORDS:
                continue
            for header in source.headers:
                if header not in seen:
                    seen.add(header)
                    yield header, column, len(source.headers) == 1


def signs_of(begun: Iterable[int]) -> np.ndarray:
    """Return a table of 256 bytes, true for those in `begun`."""
    signs = np.zeros(256, np.bool_)
    signs[list(begun)] = True
    return signs


def _first_bytes(texts: pa.StringArray) -> np.ndarray:
    """Return the first byte of each text; any byte for an empty one."""
    ends, content = text_offsets(texts)
    if not len(content):
        return np.zeros(len(texts), np.uint8)
    return content[np.minimum(ends[:-1], len(content) - 1)]


def text_offsets(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text begins and ends (n + 1 offsets), and the bytes of all texts."""
    _, places, content = texts.buffers()
    if content is None or not len(texts):
        return np.zeros(len(texts) + 1, np.int32), np.empty(0, np.uint8)
    ends = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return ends - ends[0], np.frombuffer(content, np.uint8)[ends[0] : ends[-1]]
