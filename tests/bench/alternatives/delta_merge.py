"""Compare `DeltaTable.merge` with the key index (decision 25): CPU, memory, bytes rewritten.

    python -m tests.bench.alternatives.delta_merge --lines 1000000 --changed 10000 --folder /tmp/dm

A home is loaded with `--lines` order lines over 60 days. A second file changes `--changed` of them
on the last two days (`recent`), or on all days and adds as many (`spread`). Its rows are staged
once. Then both commit them, in a process each on a copy of the home: the merge of ingest (key
index, replaced rows by content, one commit) and `DeltaTable.merge` (update where the key is stored
and the version is newer, else insert), which counts no replaced row. `base` is the first load, into
an empty table.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from deltalake import DeltaTable, Schema

from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import load, stage_files, staging_context
from assets.ingest.merge.key_index import KeyIndex, index_stamp
from assets.ingest.merge.merge import TableMerge, merge_staged
from assets.ingest.stage.stage_file import StagedFile
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import commit_files, files_of
from assets.resources.lakehouse.lakehouse import stored_columns
from data_contracts.exports import ORDERS
from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS
from tests.bench.alternatives.measured import measure

MODULE = "tests.bench.alternatives.delta_merge"
DAYS = 60
_COLUMNS = (
    "'o' || (n // 2) as order_id, 'l' || (n % 2) as line_id, 'U' || (n % 20000) as user_id, "
    "timestamp '2026-09-01' + to_seconds(n % {days} * 86400 + n % 80000) as ordered_at, "
    "'s' || (n % 150) as sku_id, n % 7 + 1 as quantity_units, 3.33 as unit_price_yuan, "
)


def write_exports(folder: Path, lines: int, changed: int) -> None:
    """Write the first file, and two second files: changes on all days, and on the last two."""
    columns = _COLUMNS.format(days=DAYS)
    with duckdb.connect(config={"threads": 2}) as connection:
        for name, rows, updated in (
            ("base", f"range({lines}) t(n)", "2026-11-01 00:00:00"),
            (
                "spread",
                f"(select n * 7919 % {lines} as n from range({changed}) t(n) "
                f"union all select {lines} + n from range({changed}) t(n))",
                "2026-11-02 00:00:00",
            ),
            (
                "recent",
                f"(select n from range({lines}) t(n) where n % {DAYS} >= {DAYS - 2} "
                f"order by n desc limit {changed})",
                "2026-11-02 00:00:00",
            ),
        ):
            connection.execute(
                f"copy (select {columns} '{updated}' as updated_at from {rows}) "
                f"to '{folder}/orders_{name}.csv' (header)"
            )


def home_of(path: Path, exports: Path) -> LinliHome:
    return LinliHome(home=str(path), exports=str(exports), threads=2, memory_limit="3GB")


def load_into(home: str, exports: str) -> int:
    """Load the exports into the home, as ingest does."""
    return load(home_of(Path(home), Path(exports)), ORDERS, lambda _: None).new_files


def key_index(home: LinliHome, staged: list[StagedFile], scratch: Path) -> list[int]:
    """Merge as ingest does; return the rows replaced and the bytes written."""
    lake = home.lakehouse
    path, by = lake.path(ORDERS), ORDERS.partition
    index = KeyIndex(lake.root / "_keys" / ORDERS.name)
    with lake.session(ORDERS, QUARANTINE, REPAIRS, INGEST_LEDGER) as session:
        names = dict(session.rows("select file_sha256, file_name from ingest_ledger"))
        stored = files_of(path, by)
        rows = merge_staged(session, ORDERS, staged, stored, index, {}, names, scratch)
        written = sum(file.path.stat().st_size for file in rows.added)
        version = commit_files(path, stored_columns(ORDERS), by, rows.added, rows.removed)
        if rows.keys is not None:
            index.add(rows.keys, index_stamp(version))
    return [sum(lost.rows for lost in rows.duplicates.values()), written]


def delta_merge(
    home: LinliHome, staged: list[StagedFile], scratch: Path, only_days: bool = False
) -> list[int]:
    """Merge with the library; return the rows updated and the bytes written.

    `only_days`: look for a key only on the days of the new rows, which loses the row of an order
    whose day was corrected.
    """
    lake = home.lakehouse
    key = " and ".join(f"t.{column} = s.{column}" for column in ORDERS.key)
    names = ", ".join(stored_columns(ORDERS))
    with lake.session() as session:
        merge = TableMerge(session, ORDERS, staged, [], {}, scratch)
        # a key may repeat within the new rows, which the library refuses
        incoming = (
            f"select {names} from ({merge.source(merge.incoming)}) "
            "left join contents using (file_sha256) qualify row_number() over "
            f"(partition by {', '.join(ORDERS.key)} order by {merge.newest_first}) = 1"
        )
        if only_days:
            days = session.rows(f"select distinct {ORDERS.partition} from ({incoming})")
            held = ", ".join(f"date '{day}'" for (day,) in days)
            key = f"t.{ORDERS.partition} in ({held}) and {key}"
        rows = session.stream(incoming, 65_536)
        address = str(lake.path(ORDERS))
        if not DeltaTable.is_deltatable(address):
            DeltaTable.create(
                address, Schema.from_arrow(rows.schema), partition_by=[ORDERS.partition]
            )
        table = DeltaTable(address)
        before = set(table.file_uris())
        done = (
            table.merge(rows, key, source_alias="s", target_alias="t")
            .when_matched_update_all(f"s.{ORDERS.version} >= t.{ORDERS.version}")
            .when_not_matched_insert_all()
            .execute()
        )
    written = sum(
        Path(re.sub("^file://", "", uri)).stat().st_size for uri in set(table.file_uris()) - before
    )
    return [done["num_target_rows_updated"], written]


def delta_merge_of_days(home: LinliHome, staged: list[StagedFile], scratch: Path) -> list[int]:
    return delta_merge(home, staged, scratch, only_days=True)


WAYS: dict[str, Callable[[LinliHome, list[StagedFile], Path], list[int]]] = {
    "key index": key_index,
    "DeltaTable.merge": delta_merge,
    "the same, days of the new rows only": delta_merge_of_days,
}


def merge_into(way: str, home: str, exports: str) -> list[float]:
    """Stage the exports, merge them; return CPU seconds and peak MiB of the merge, rows, bytes."""
    linli, scratch = home_of(Path(home), Path(exports)), Path(home) / "scratch-of-bench"
    with linli.lakehouse.exclusive():
        key = linli.pseudonym_key_of_lake()
        files = identify_inbox(linli).new_files(ORDERS)
        facts = staging_context(linli, key, tuple)
        staged = list(stage_files(linli, ORDERS, files, scratch, facts, lambda _: None).files)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
        started = time.process_time()
        rows, written = WAYS[way](linli, staged, scratch)
        cpu = time.process_time() - started
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    return [cpu, int(peak[1]) / 1024, rows, written]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--changed", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    folder = chosen.folder
    loaded, empty, exports = folder / "home", folder / "empty", folder / "exports"
    for new in (empty, exports):
        new.mkdir(parents=True)
    write_exports(folder, chosen.lines, chosen.changed)
    base = exports / "orders_base.csv"
    shutil.copy(folder / base.name, base)
    assert measure(MODULE, "load_into", loaded, exports).answer == 1
    print(f"{chosen.lines:,} lines; {chosen.changed:,} of them changed")
    for scenario, home in (("base", empty), ("recent", loaded), ("spread", loaded)):
        second = exports / f"orders_{scenario}.csv"
        shutil.copy(folder / second.name, second)
        runs: dict[str, list[list[float]]] = {way: [] for way in WAYS}
        for _ in range(chosen.times):
            for way in WAYS:
                copy = folder / "copy"
                shutil.copytree(home, copy)
                done = measure(MODULE, "merge_into", way, copy, exports)
                runs[way].append(done.answer or [float("nan")] * 4)
                shutil.rmtree(copy)
        if second != base:
            second.unlink()
        for way, measured in runs.items():
            cpu = statistics.median(run[0] for run in measured)
            peak = max(run[1] for run in measured)
            print(
                f"{scenario:7} {way:36} CPU {cpu:6.2f} s  peak {peak:6.0f} MiB  "
                f"{measured[0][2]:,} replaced, {measured[0][3] / 1e6:.1f} MB written"
            )


if __name__ == "__main__":
    main()
