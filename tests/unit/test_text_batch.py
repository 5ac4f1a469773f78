"""The cells of a batch while they are changed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from assets.ingest.stage.normalise.cell_batch import TextBatch
from assets.ingest.stage.normalise.null_words import null_words_of
from data_contracts.exports import LOGISTICS, ORDERS


def test_cells_are_written_where_they_are_said_in_whatever_order() -> None:
    """Merged ranges of a workbook come in the order in which somebody merged them."""
    cells = TextBatch({"h": pa.array(["a", None, "c", None])})
    cells.put("h", np.array([3, 1, 0]), ["third", "first", None])
    assert cells.columns["h"].to_pylist() == [None, "first", "c", "third"]


def test_a_word_that_is_a_code_of_its_column_says_something() -> None:
    issue = LOGISTICS.column("issue")
    assert "none" not in null_words_of(issue) and "null" in null_words_of(issue)
    assert "none" in null_words_of(ORDERS.column("order_status"))
