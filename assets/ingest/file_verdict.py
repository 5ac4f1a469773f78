"""Decide whether a staged file is rejected as a whole; `load` and `check` share the rule.

A file with too large a share of bad rows is rejected and changes nothing. A file with few bad rows
is never rejected; where no row is good, it is loaded without rows, and a message says so.
"""

from __future__ import annotations

from assets.ingest.stage.stage_file import StagedFile

# A file with fewer bad rows is never rejected: half of a hand-written list may be wrong.
REJECTED_FROM_ROWS = 20


def is_rejected(item: StagedFile, limit: float) -> bool:
    """Return whether more than `limit` (a share) of the rows are bad, and enough of them to reject
    the file."""
    # a returned file consists of rows that were bad: load those that are corrected
    return (
        item.bad_share > limit and item.rows_faulty >= REJECTED_FROM_ROWS and not item.corrections
    )


def has_no_good_row(item: StagedFile) -> bool:
    """Return whether every data row of the file is bad."""
    return not item.good and item.rows_faulty > 0
