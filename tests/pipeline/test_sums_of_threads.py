"""Sums of money and units do not depend on how many threads add them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from assets.framework.day_asset import sql_beside
from assets.profiles.affinity import communities
from assets.resources.lakehouse.lakehouse import Lakehouse
from data_contracts.table import Table, Type
from data_contracts.tables import TABLES
from data_contracts.tables.affinity import COMMUNITY_DEMAND
from data_contracts.units import Unit
from tests.pipeline.small_lake import linli_home

THREADS = (1, 2, 8)
LINES = 500_000  # several parts for as many threads
DAY = date(2026, 9, 30)


@pytest.fixture(scope="module")
def lines() -> pa.Table:
    rng = np.random.default_rng(3)
    return pa.table(
        {
            "user_id": rng.integers(0, 500, LINES).astype(str),
            "community_id": rng.integers(0, 3, LINES).astype(str),
            "category": rng.integers(0, 4, LINES).astype(str),
            "sale_unit": pa.array(["kg"] * LINES),
            "has_net_units": pa.array([True] * LINES),
            "is_goods": pa.array([True] * LINES),
            "day": pa.array([DAY] * LINES, pa.date32()),
            "sold_e4": rng.integers(10, 99_990, LINES),
            "net_e4": rng.integers(100, 9_999_900, LINES),
        }
    )


def test_cells_of_communities_are_alike_to_the_bit(tmp_path: Path, lines: pa.Table) -> None:
    found = []
    for threads in THREADS:
        lake = Lakehouse(
            tmp_path / "lake", threads=threads, memory_limit="1GB", scratch=tmp_path / "scratch"
        )
        with lake.session(COMMUNITY_DEMAND) as session:
            assert session.scalar("select current_setting('threads')") == threads
            session.register("given", lines)
            session.table("order_lines_as_of", "select * from given")
            cells = session.arrow(
                sql_beside(communities.__file__, "community_cells.sql"), since=DAY, everything="all"
            )
        found.append(cells.sort_by([("community_id", "ascending"), ("category", "ascending")]))
    assert found[0].num_rows == 4 * 5
    assert found[1].equals(found[0]) and found[2].equals(found[0])


def test_sums_of_money_are_stored_as_decimals() -> None:
    """Prices and means are quotients; what is summed up is not."""
    floats = {
        column.name
        for table in TABLES
        for column in table.columns
        if column.unit is Unit.YUAN and column.type is Type.REAL
    }
    assert not {name for name in floats if name.startswith(("spend", "money", "paid", "refund"))}


def with_floats(table: Table, name: str) -> Table:
    """The contract as an earlier version had it."""
    columns = [replace(c, type=Type.REAL) if c.name == name else c for c in table.columns]
    return replace(table, columns=tuple(columns))


def spent(lake: Lakehouse) -> dict[date, str]:
    with lake.session(COMMUNITY_DEMAND) as session:
        return {
            day: str(yuan)
            for day, yuan in session.rows("select as_of, spend_yuan from community_demand")
        }


def test_money_stored_as_floats_becomes_decimals_when_it_is_written_again(tmp_path: Path) -> None:
    lake = linli_home(tmp_path).lakehouse
    older = with_floats(COMMUNITY_DEMAND, "spend_yuan")
    row = dict.fromkeys(COMMUNITY_DEMAND.column_names) | {
        "community_id": "c1", "category": "fruit", "is_suppressed": False, "spend_yuan": 0.1 + 0.2,
    }  # fmt: skip
    first, second = date(2026, 9, 29), DAY
    rows = [row | {"as_of": first}]
    lake.replace(older, first, pa.Table.from_pylist(rows, schema=older.arrow_schema()))
    assert spent(lake) == {first: "0.3000"}, "an older table is read"
    newer = [row | {"as_of": second, "spend_yuan": 12}]
    lake.replace(
        COMMUNITY_DEMAND,
        second,
        pa.Table.from_pylist(newer, schema=COMMUNITY_DEMAND.arrow_schema()),
    )
    assert spent(lake) == {first: "0.3000", second: "12.0000"}
