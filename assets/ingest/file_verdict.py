"""Decide of a staged file as a whole what `load` and `check` both say of it.

Too large a share of bad rows: it is refused, and nothing changes. A file of a few rows is never
refused, however many are bad; where none is good it is loaded with nothing, and that is said.
"""

from __future__ import annotations

from assets.ingest.stage.stage_file import StagedFile

# Below this many bad rows a small file is never refused: a hand-made list may be half wrong.
REFUSED_FROM_ROWS = 20


def is_refused(item: StagedFile, limit: float) -> bool:
    """Whether more than `limit` of the rows are bad, and many enough to refuse the file for it."""
    # what was handed back is bad by nature: a half mended file is taken as far as it goes
    return item.bad_share > limit and item.rows_faulty >= REFUSED_FROM_ROWS and not item.corrections


def is_nothing_loaded(item: StagedFile) -> bool:
    """Whether every row that is one of the table is bad."""
    return not item.good and item.rows_faulty > 0
