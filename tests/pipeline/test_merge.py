"""A newer row of a key takes the older one's place, in every export there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.ingest.load import load
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import files_of
from data_contracts.exports import BY_NAME, EXPORTS, ORDERS
from data_contracts.table import Column, Personal, Table, Type
from tests.lake import copy_of, give_key, home_with, write_export
from tests.pipeline.churn_lake import read

ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
A_ORDER = [("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")]
NUMBERS = (Type.REAL, Type.INTEGER, Type.MONEY)
DAYS = range(1, 9)


def said(column: Column, version: int) -> str:
    """The cell of a column that changes, in a row's `version`."""
    if column.codes is not None:
        codes = list(column.codes)
        return codes[version % len(codes)].value
    if column.pattern is not None:
        return "ASN"[version % 3] * 24
    return str(version)


def cell(column: Column, number: int) -> str:
    """A good cell of row `number`."""
    if column.type is Type.DATE:
        return f"2026-10-{number:02}"
    if column.type is Type.TIMESTAMP:
        return f"2026-10-{number:02} 10:00:00"
    if column.codes is not None or column.pattern is not None:
        return said(column, 0)
    return f"{column.name} {number}" if column.type is Type.TEXT else "1"


def shown(table: Table) -> tuple[Column, list[Column]]:
    """A column that tells an old row from a new one, and those a file has."""
    others = [
        one
        for one in table.columns
        if one.name not in (*table.key, table.event_time, table.version)
        and one.personal is Personal.NO
        and one.fingerprint_of is None
        and one.maximum is None
    ]
    changed = min(others, key=lambda one: (one.type not in NUMBERS, one.type is not Type.TEXT))
    return changed, [
        one
        for one in table.columns
        if (one.required or one.name in table.key or one.name == table.event_time or one is changed)
        and one.fingerprint_of is None
    ]


def write(home: LinliHome, table: Table, name: str, versions: dict[int, int]) -> None:
    changed, columns = shown(table)
    rows = [
        [said(one, version) if one is changed else cell(one, n) for one in columns]
        for n, version in versions.items()
    ]
    write_export(home.exports_dir, name, [one.name for one in columns], rows)
    load(home, table, lambda _: None)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    folder = tmp_path_factory.mktemp("loaded")
    give_key(folder / "home")
    return home_with(folder, {"orders_0": (ORDER, A_ORDER)})


@pytest.fixture
def home(loaded: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(loaded, tmp_path)


def stand(home: LinliHome, table: Table, *versions: int) -> bool:
    """Whether the table has a row of each of `versions`, and no more."""
    changed, _ = shown(table)
    own = "where order_id <> 'A1'" if table is ORDERS else ""
    found = read(home, f"select {changed.name} as said from {table.name} {own}")["said"]
    cells = [f"{one:g}" if changed.type in NUMBERS else one for one in found]
    return sorted(cells) == sorted(said(changed, version) for version in versions)


@pytest.mark.parametrize("table", EXPORTS, ids=lambda table: table.name)
def test_a_newer_row_stands_alone(home: LinliHome, table: Table) -> None:
    write(home, table, f"{table.name}_1", dict.fromkeys(DAYS, 1))
    assert stand(home, table, *[1] * 8)
    write(home, table, f"{table.name}_2", {3: 2})
    assert stand(home, table, *[1] * 7, 2)
    write(home, table, f"{table.name}_2", {3: 5, 4: 5})  # the file is corrected
    assert stand(home, table, *[1] * 6, 5, 5)
    write(home, table, f"{table.name}_0", {5: 9})  # older by its name
    assert stand(home, table, *[1] * 6, 5, 5)
    sql = f"select sum(rows_loaded) as n from ingest_ledger where export = '{table.name}'"
    assert int(read(home, sql)["n"][0]) == len(DAYS) + (table is ORDERS)


@pytest.mark.parametrize("name", ["users", "weather"])
def test_a_table_without_days_is_written_as_one_file(home: LinliHome, name: str) -> None:
    table = BY_NAME[name]
    for version in range(1, 14):  # more files than a table may stand in
        write(home, table, f"{name}_{version:02}", dict.fromkeys(DAYS, version))
    assert stand(home, table, *[13] * len(DAYS))
    assert len(files_of(home.lakehouse.path(table), None)) == 1
