"""A lake an earlier version wrote goes on: columns a contract got since are empty, not errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.resources.lakehouse import lakehouse
from assets.resources.lakehouse.lakehouse import Lakehouse
from data_contracts.columns import integer
from data_contracts.table import Table
from data_contracts.tables.labels import LAYER_LABELS
from tests.pipeline.small_lake import linli_home

FIRST, SECOND = date(2026, 9, 29), date(2026, 9, 30)
GROWN = replace(
    LAYER_LABELS,
    columns=(*LAYER_LABELS.columns, integer("new_here", "新列", "a column of a later version")),
)


def rows(table: Table, day: date, users: list[str]) -> pa.Table:
    found = [
        dict.fromkeys(table.column_names)
        | {"as_of": day, "user_id": user, "layer": "mixed", "new_here": 7}
        for user in users
    ]
    return pa.Table.from_pylist(found, schema=table.arrow_schema())


@pytest.fixture
def lake(tmp_path: Path) -> Lakehouse:
    made = linli_home(tmp_path).lakehouse
    for day in (FIRST, SECOND):
        made.replace(LAYER_LABELS, day, rows(LAYER_LABELS, day, ["a", "b"]))
    return made


def held(lake: Lakehouse, table: Table) -> list[tuple]:
    with lake.session(table) as session:
        return session.rows(f"select as_of, user_id, new_here from {table.name} order by 1, 2")


def test_a_new_column_is_empty_where_it_was_not_known(lake: Lakehouse) -> None:
    assert held(lake, GROWN) == [
        (day, user, None) for day in (FIRST, SECOND) for user in ("a", "b")
    ]


def test_a_day_done_again_gets_the_column_and_the_others_keep_their_rows(lake: Lakehouse) -> None:
    lake.replace(GROWN, SECOND, rows(GROWN, SECOND, ["b", "c"]))
    expected = [(FIRST, "a", None), (FIRST, "b", None), (SECOND, "b", 7), (SECOND, "c", 7)]
    assert held(lake, GROWN) == expected
    lake.replace(GROWN, FIRST, rows(GROWN, FIRST, ["a"]))
    assert held(lake, GROWN) == [(FIRST, "a", 7), *expected[2:]]


def test_what_people_open_can_be_published_before_every_table_was_written_again(
    lake: Lakehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tuple(GROWN if table is LAYER_LABELS else table for table in lakehouse.STORED_TABLES)
    monkeypatch.setattr(lakehouse, "STORED_TABLES", tables)
    lake.publish(tmp_path / "linli.duckdb")
    assert (tmp_path / "linli.duckdb").is_file()


def test_a_table_is_migrated_once_without_a_write_of_rows(lake: Lakehouse) -> None:
    """As a load does for a table without a new file, so that its checks find the contract."""
    before = held(lake, GROWN)
    assert lake.migrate(GROWN) and not lake.migrate(GROWN)
    snapshot = lake.snapshot(GROWN)
    assert snapshot is not None
    assert "new_here" in {field.name for field in snapshot.schema().fields}
    assert snapshot.metadata().partition_columns == ["as_of"]
    assert held(lake, GROWN) == before
