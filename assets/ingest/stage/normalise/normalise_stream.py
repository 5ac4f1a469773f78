"""Normalise the cells of a file while it streams, before they are cast.

Contains what needs the row or the column at hand, such as words for an empty cell or ids that were
held as numbers. Not here: casting one text (`casting/`). Each step changes columns of a batch and
marks the rows it changed, so that its repairs are counted with all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.stage.normalise.cell_batch import TextBatch
from assets.ingest.stage.normalise.charge_lines import ChargeLines
from assets.ingest.stage.normalise.conflicting_columns import ConflictingColumns
from assets.ingest.stage.normalise.dated_ids import DatedIds
from assets.ingest.stage.normalise.decimal_commas import DecimalCommas
from assets.ingest.stage.normalise.error_cells import ErrorCells
from assets.ingest.stage.normalise.fill_down import FillDown
from assets.ingest.stage.normalise.null_words import NullWords
from assets.ingest.stage.normalise.numeric_phones import NumericPhones
from assets.ingest.stage.normalise.refusal_answers import RefusalAnswers
from assets.ingest.stage.normalise.rounded_ids import RoundedIds
from assets.ingest.stage.normalise.text_guards import TextGuards
from assets.ingest.stage.normalise.totals_rows import TotalsRows
from assets.ingest.stage.normalise.typed_columns import TypedColumns
from assets.ingest.stage.normalise.unit_words import UnitWords
from assets.resources.readers.file_format import Container
from assets.resources.readers.rows import Malformed, Rows
from data_contracts.messages import Bilingual

_SHEETS = (Container.CSV, Container.XLSX)
NOTED_REPAIRS = "noted_repairs"  # repairs of a row, `column:kind` separated by spaces


class NormaliseStep(Protocol):
    """One step of normalising."""

    def apply(self, cells: TextBatch) -> None:
        """Change the cells in place, and mark the changes."""


class Normaliser:
    """Applies the steps to the rows of one file.

    `products`: names of products that sound like a totals row.
    """

    def __init__(
        self,
        source: IdentifiedFile,
        rows: Rows,
        *,
        utc_offset_minutes: int,
        products: Collection[str] = (),
    ) -> None:
        table, match = source.table, source.match
        self.headers = source.headers
        first = rows.header[0]
        label_column = (
            first if source.format.container in _SHEETS and first not in self.headers else None
        )
        if label_column is not None:
            self.headers = [*self.headers, label_column]
        self._label_column = label_column
        self._typed = TypedColumns(table, match, utc_offset_minutes)
        self._totals = TotalsRows(table, match, label_column, products)
        self._disagreeing = ConflictingColumns(table, match)
        in_words = RefusalAnswers(match)
        rows.lists = in_words.headers
        self._steps: Sequence[NormaliseStep] = [
            TextGuards(table, match),
            DatedIds(table, match, rows),
            NullWords(table, match),
            self._totals,
            FillDown(table, match, rows),
            ErrorCells(table, match),
            RoundedIds(table, match),
            NumericPhones(table, match),
            UnitWords(table, match),
            ChargeLines(table, match),
            DecimalCommas(
                table,
                match,
                stated=source.decimal,
                separator=source.format.delimiter,
                fail=rows.fail,
            ),
            self._disagreeing,
            in_words,
        ]

    @property
    def totals(self) -> list[Malformed]:
        """Totals rows left out of the batches read so far."""
        return self._totals.found

    @property
    def product_words(self) -> set[str]:
        """Names by which rows were taken for totals and which may be products."""
        return self._totals.product_words

    @property
    def notes(self) -> list[Bilingual]:
        """Notes on the cells of the batches read so far."""
        return self._disagreeing.notes

    def transform(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Return the stream of `headers` with normalised cells, and NOTED_REPAIRS."""
        fields = [
            self._typed.field(field) for field in reader.schema if field.name != self._label_column
        ]
        schema = pa.schema([*fields, pa.field(NOTED_REPAIRS, pa.string())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(reader, schema))

    def _batches(self, reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for batch in reader:
            cells = TextBatch(self._typed.columns(batch))
            for step in self._steps:
                step.apply(cells)
            columns = [cells.columns[name] for name in schema.names if name != NOTED_REPAIRS]
            yield pa.RecordBatch.from_arrays([*columns, _repairs_by_row(cells)], schema=schema)


def _repairs_by_row(cells: TextBatch) -> pa.Array:
    """Write the repairs of each row, NULL for rows without any."""
    if not cells.marks:
        return pa.nulls(cells.rows, pa.string())
    codes = [f"{column}:{kind.value}" for column, kind in cells.marks]
    packed = np.packbits(np.stack(list(cells.marks.values()), axis=1), axis=1)
    distinct, places = np.unique(packed, axis=0, return_inverse=True)
    unpacked = np.unpackbits(distinct, axis=1, count=len(codes)).astype(bool)
    texts = [" ".join(np.array(codes, object)[row]) or None for row in unpacked]
    return pa.array(texts, pa.string()).take(pa.array(places.reshape(-1)))
