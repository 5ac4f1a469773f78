"""The ledger adds up or the load is undone: rows, money, and the rows the table would hold."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.merge.reconcile import (
    files_with_released_rows,
    reconcile_rewritten_rows,
    reconciled_ledger,
)
from assets.ingest.merge.table_commit import ReplacedRows, TableCommit
from assets.ingest.quarantine.release import QuarantinedTotals
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from data_contracts.tables.bookkeeping import INGEST_LEDGER, REPAIRS
from tests.pipeline.small_lake import fill, linli_home

# 10 rows: 5 stand, 2 are set aside, and one of each other kind; 100 yuan: 50 kept, 6 given back
WHOLE = {
    "export": "orders",
    "file_name": "orders.csv",
    "file_sha256": "a",
    "rows_read": 10,
    "rows_loaded": 5,
    "rows_quarantined": 2,
    "rows_duplicate": 1,
    "rows_superseded": 1,
    "rows_forgotten": 1,
    "rows_repaired": 0,
    "money_read_yuan": 100,
    "money_kept_yuan": 50,
    "money_given_back_yuan": 6,
    "money_quarantined_yuan": 20,
    "money_duplicate_yuan": 11,
    "money_superseded_yuan": 12,
    "money_forgotten_yuan": 1,
}
SET_ASIDE = {"a": QuarantinedTotals(2, Decimal(20))}


def _reconciled(
    tmp_path: Path,
    *,
    rows_held: int = 5,
    aside: dict[str, QuarantinedTotals] = SET_ASIDE,
    duplicates: dict[str, ReplacedRows] | None = None,
    superseded: dict[str, ReplacedRows] | None = None,
    corrected: dict[str, tuple[str, Any, Any]] | None = None,
    **changes: int,
) -> dict[str, Any]:
    """The row of the ledger after a load that brings no file."""
    home = linli_home(tmp_path)
    fill(home, {"ingest_ledger": [WHOLE | changes]})
    change = TableCommit((), (), duplicates or {}, superseded or {}, None)
    with home.lakehouse.session(INGEST_LEDGER) as session:
        ledger = reconciled_ledger(session, ORDERS, [], change, corrected or {}, aside, rows_held)
    (row,) = ledger.to_pylist()
    return row


def test_what_adds_up_is_reconciled(tmp_path: Path) -> None:
    row = _reconciled(tmp_path)
    assert {name: row[name] for name in WHOLE} == WHOLE


@pytest.mark.parametrize(
    "part", ["loaded", "duplicate", "superseded", "forgotten", "read"], ids=str
)
@pytest.mark.parametrize("by", [-1, 1])
def test_a_row_too_many_or_too_few_is_refused(tmp_path: Path, part: str, by: int) -> None:
    name = f"rows_{part}"
    held = 5 + by if part == "loaded" else 5
    with pytest.raises(ExportError, match=r"rows read, .* accounted for"):
        _reconciled(tmp_path, rows_held=held, **{name: int(WHOLE[name]) + by})


@pytest.mark.parametrize(
    "part", ["kept", "given_back", "duplicate", "superseded", "forgotten", "read"], ids=str
)
@pytest.mark.parametrize("by", [-1, 1])
def test_a_yuan_too_many_or_too_few_is_refused(tmp_path: Path, part: str, by: int) -> None:
    name = f"money_{part}_yuan"
    with pytest.raises(ExportError, match=r"yuan read, .* accounted for"):
        _reconciled(tmp_path, **{name: int(WHOLE[name]) + by})


@pytest.mark.parametrize("held", [4, 6])
def test_a_table_of_other_rows_than_its_files_account_for_is_refused(
    tmp_path: Path, held: int
) -> None:
    with pytest.raises(ExportError, match=f"would hold {held} rows, its files account for 5"):
        _reconciled(tmp_path, rows_held=held)


def test_fewer_rows_than_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="rows read"):
        _reconciled(tmp_path, rows_held=-1, rows_loaded=-1, rows_duplicate=7)


def test_no_row_at_all_adds_up(tmp_path: Path) -> None:
    assert _reconciled(tmp_path, rows_held=0, rows_loaded=0, rows_duplicate=6)["rows_loaded"] == 0


def test_what_is_lost_moves_from_loaded(tmp_path: Path) -> None:
    row = _reconciled(
        tmp_path,
        rows_held=2,
        duplicates={
            "a": ReplacedRows(2, Decimal(9), Decimal(4)),
            "b": ReplacedRows(9, Decimal(9), Decimal(9)),
        },
        superseded={"a": ReplacedRows(1, Decimal(3), Decimal(1))},
        corrected={"a": ("c", None, None)},
    )
    assert (row["rows_loaded"], row["rows_duplicate"], row["rows_superseded"]) == (2, 3, 2)
    assert row["money_kept_yuan"] == 50 - (9 - 4) - (3 - 1)
    assert row["money_given_back_yuan"] == 6 - 4 - 1
    assert (row["money_duplicate_yuan"], row["money_superseded_yuan"]) == (11 + 9, 12 + 3)
    assert row["superseded_by"] == "c"


def test_what_left_the_quarantine_is_superseded(tmp_path: Path) -> None:
    row = _reconciled(tmp_path, aside={"a": QuarantinedTotals(1, Decimal(15))})
    assert (row["rows_quarantined"], row["rows_superseded"]) == (1, 1 + 1)
    assert (row["money_quarantined_yuan"], row["money_superseded_yuan"]) == (15, 12 + 5)
    row = _reconciled(tmp_path / "all", aside={})
    assert (row["rows_quarantined"], row["rows_superseded"]) == (0, 1 + 2)


def test_more_rows_aside_than_were_set_aside_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="3 rows are in the quarantine, the ledger counts 2"):
        _reconciled(tmp_path, aside={"a": QuarantinedTotals(3, Decimal(20))})


def test_a_file_is_settled_when_less_is_aside_than_was(tmp_path: Path) -> None:
    home = linli_home(tmp_path)
    other = WHOLE | {"file_name": "other.csv", "file_sha256": "b"}
    fill(home, {"ingest_ledger": [WHOLE, other]})
    with home.lakehouse.session(INGEST_LEDGER) as session:
        left = SET_ASIDE | {"b": QuarantinedTotals(1, Decimal(15))}
        assert files_with_released_rows(session, ORDERS, left) == {"other.csv"}
        assert files_with_released_rows(session, ORDERS, SET_ASIDE) == {"other.csv"}
        assert files_with_released_rows(session, ORDERS, SET_ASIDE | {"b": SET_ASIDE["a"]}) == set()


@pytest.mark.parametrize(
    ("counted", "reverted", "left"),
    [(5, 0, 5), (5, 2, 3), (5, 5, None), (5, 9, None), (None, 2, None)],
)
def test_a_repair_that_was_reverted_is_counted_off(
    tmp_path: Path, counted: int | None, reverted: int, left: int | None
) -> None:
    """A load cut off before its repairs were counted leaves nothing to count off."""
    repair = {"export": "orders", "file_name": "orders.csv", "file_sha256": "a"}
    repair |= {"column_name": "sale_unit", "kind": "unit_of_product"}
    home = linli_home(tmp_path)
    fill(home, {"ingest_ledger": [WHOLE], "orders": []})
    fill(home, {"repairs": [repair | {"rows": counted}] if counted else []})
    lake = home.lakehouse
    with lake.session(ORDERS, INGEST_LEDGER, REPAIRS) as session:
        kind = repair["kind"]
        reconcile_rewritten_rows(session, lake, ORDERS, "sale_unit", kind, {"a": reverted})
    with lake.session(REPAIRS) as session:
        found = session.rows("select file_sha256, column_name, kind, rows from repairs")
    assert list(found) == ([("a", "sale_unit", kind, left)] if left else [])
