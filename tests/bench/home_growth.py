"""Let a year of days pass over a small home and print, per month, how large each part of it is.

The clock is libfaketime's (Debian: apt-get install faketime), so that delta-rs and Dagster see the
days pass. The first two days are whole runs. What they committed is then committed again for every
later day, because 365 whole runs take most of a day: every table's rows through the lakehouse,
every event of the run in Dagster's store, lists, reports and models as they stood. What is done for
good on each day: a load of orders with a bad row, of the other exports every fifth day, a file that
is corrected every tenth, the removal of a person and a backup every thirtieth, what a killed run
leaves every fifteenth, `linli.duckdb`, and the upkeep of `linli run`. `--no-upkeep` shows the
growth without it. `forget` reports files that still name the person: the clock of the file system
is the real one, so that files of the day are too new to be removed.

    python -m tests.bench.home_growth --days 365
"""

from __future__ import annotations

import argparse
import csv
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.home_sizes import sizes_by_part, sizes_by_table

FAKE = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
REAL_DAYS = 2
SHOWN_EVERY = 30
TIDIED_EVERY = 15  # at the least: `linli run` does it every day
STEPS = 5  # of the forty-three that note their seconds, each by a commit of its own
LATE = ("browse", "chat", "logistics", "availability", "weather", "contacts", "stock")
MOMENT = {
    "orders": "ordered_at", "browse": "occurred_at", "chat": "sent_at", "weather": "day",
    "logistics": "dispatched_at", "contacts": "sent_at", "availability": "day",
    "stock": "counted_at",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--no-upkeep", action="store_true")
    parser.add_argument(
        "--lake-every", type=int, default=1, help="commit, load and tidy on every so-many-th day"
    )
    parser.add_argument("--begun", type=Path, help="folder that keeps the whole runs for next time")
    asked = parser.parse_args()
    if "LD_PRELOAD" not in os.environ:
        if not FAKE.is_file():
            sys.exit(f"{FAKE} is missing: apt-get install faketime")
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            environment = os.environ | {
                "GROWTH_FOLDER": folder, "DAGSTER_HOME": str(Path(folder, "home", "dagster")),
                "LINLI_THREADS": "1", "TZ": "UTC",
            }  # fmt: skip
            make = [sys.executable, "-m", "pipelines.cli.app", "sample", "--users", "40"]
            make += ["--communities", "3", "--skus", "20", "--days", str(asked.days + 40)]
            make += ["--out", str(Path(folder, "sample"))]
            subprocess.run(make, env=environment, check=True, capture_output=True)
            clock = {"LD_PRELOAD": str(FAKE), "NO_FAKE_STAT": "1", "FAKETIME_NO_CACHE": "1"}
            clock["DONT_FAKE_MONOTONIC"] = "1"  # by it threads of delta-rs wait for each other
            command = [sys.executable, "-m", "tests.bench.home_growth", *sys.argv[1:]]
            sys.exit(
                subprocess.run(
                    command,
                    env=environment | clock | {"FAKETIME": _faked(datetime(2025, 1, 1))},
                    check=False,
                ).returncode
            )
    folder = Path(os.environ["GROWTH_FOLDER"])
    grow(folder, asked.days, asked.lake_every, asked.begun, has_upkeep=not asked.no_upkeep)


def _faked(moment: datetime) -> str:
    return f"@{moment:%Y-%m-%d %H:%M:%S}"


class Exports:
    """The sample's files, dealt out by day into the folder that is read."""

    def __init__(self, sample: Path, folder: Path, days: int) -> None:
        self._folder = folder
        folder.mkdir()
        self._rows: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
        for path in sample.glob("*.*"):
            if path.stem not in MOMENT:
                shutil.copy(path, folder)
                continue
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    self._rows[path.stem, row[MOMENT[path.stem]][:10]].append(row)
        last = date.fromisoformat(max(day for name, day in self._rows if name == "orders"))
        self.first = last - timedelta(days=days - 1)
        for name in MOMENT:
            self._write(f"{name}_history", self._until(name, self.first))

    def add(self, number: int) -> None:
        """The files of one more day."""
        day = self.first + timedelta(days=number)
        rows = list(self._rows["orders", day.isoformat()])
        if rows:
            rows.append(rows[0] | {"ordered_at": "no moment", "line_id": f"bad{number}"})
            self._write(f"orders_{day}", rows)
        before = day - timedelta(days=1)
        if number % 10 == 0 and (old := self._rows["orders", before.isoformat()]):
            self._write(f"orders_{before}", [*old[1:], old[0] | {"quantity_units": "3"}])
        if number % 5 == 0:
            for name in LATE:
                rows = self._until(name, day)
                self._write(f"{name}_{day}", rows)

    def _until(self, name: str, day: date) -> list[dict[str, str]]:
        """Rows up to `day` that were in no file so far."""
        keys = sorted(key for key in self._rows if key[0] == name and key[1] <= day.isoformat())
        found = [row for key in keys for row in self._rows[key]]
        if name != "orders" or day == self.first:
            for key in keys:
                del self._rows[key]
        return found

    def _write(self, name: str, rows: list[dict[str, str]]) -> None:
        if not rows:
            return
        with (self._folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def grow(folder: Path, days: int, every: int, begun: Path | None, *, has_upkeep: bool) -> None:
    """Let the days pass, and print sizes every month."""
    import dagster as dg

    from assets.resources.lakehouse import delta_commit
    from pipelines.cli.commands import run
    from pipelines.settings import Settings
    from pipelines.upkeep import tidy

    home = folder / "home"
    # what a commit removes is dated by the kernel's clock, which is not the simulated one
    delta_commit._now_ms = lambda _: int(time.time() * 1000)
    exports = Exports(folder / "sample", folder / "exports", days)
    run.tidy_home = lambda _: None  # below, where it is asked for
    seen: set[Path] = set()
    written: list[tuple[Any, ...]] = []
    is_begun = begun is not None and begun.is_dir()
    if is_begun:
        shutil.copytree(begun / "home", home, symlinks=True)
        written = pickle.loads((begun / "written.pickle").read_bytes())
    settings = Settings.from_environment(home=home, exports=folder / "exports")
    for number in range(days):
        day = exports.first + timedelta(days=number)
        now = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=1)
        os.environ["FAKETIME"] = _faked(now)
        if number:
            exports.add(number)
        if number < REAL_DAYS:
            template = day
            if not is_begun:
                with _noted_writes() as written:
                    run.run_day(day.isoformat(), folder / "exports", home)
                if begun is not None and number + 1 == REAL_DAYS:
                    shutil.copytree(home, begun / "home", symlinks=True)
                    (begun / "written.pickle").write_bytes(pickle.dumps(written))
        else:
            again = Again(settings, template, written, day, now)
            again.note_run()
            again.copy_files()
            if number % every == 0:
                again.commit()
                _stamp(home, seen, now)  # or nothing of the day is old enough to be removed
                again.do(number)
        if number % TIDIED_EVERY and number % every:
            continue
        with dg.DagsterInstance.get() as instance:
            _stamp(home, seen, now)
            if has_upkeep:
                tidy(settings.linli_home(), instance, datetime.now(UTC))
                _stamp(home, seen, now)
        if number % SHOWN_EVERY == 0 or number + 1 in (REAL_DAYS, days):
            cpu = time.process_time()
            print(f"day {number + 1:>3} ({cpu:.0f} s of CPU): {sizes_by_part(home)}", flush=True)
    print(sizes_by_table(home))


@contextmanager
def _noted_writes() -> Iterator[list[tuple[Any, ...]]]:
    """What a run writes into tables: (table, rows, partition, days, step)."""
    import pyarrow as pa

    from assets.resources.lakehouse.lakehouse import Lakehouse

    written: list[tuple[Any, ...]] = []
    own = Lakehouse._write

    def noting(
        self: Any, table: Any, data: Any, *, partition: Any, days: Any = None, step: Any = None
    ) -> int:
        rows = data if isinstance(data, pa.Table) else data.read_all()
        written.append((table, rows, partition, days, step))
        return own(self, table, rows, partition=partition, days=days, step=step)

    Lakehouse._write = noting
    try:
        yield written
    finally:
        Lakehouse._write = own


class Again:
    """One more day that ends as the day `template` did."""

    def __init__(
        self, settings: Any, template: date, written: list[Any], day: date, now: datetime
    ) -> None:
        self._settings, self._home = settings, settings.home
        self._template, self._written, self._day, self._now = template, written, day, now

    def commit(self) -> None:
        """Commit what the run did, a table at a time, its days moved."""
        import pyarrow as pa

        from data_contracts.exports import EXPORTS
        from data_contracts.tables.bookkeeping import INGEST_LEDGER, QUARANTINE, REPAIRS

        lake = self._settings.linli_home().lakehouse
        moved = self._day - self._template
        loaded = {table.name for table in (*EXPORTS, INGEST_LEDGER, QUARANTINE, REPAIRS)}
        steps: Counter[str] = Counter()
        for table, rows, partition, days, step in self._written:
            steps[table.name] += step is not None
            if table.name in loaded or steps[table.name] > STEPS:
                continue
            days = [day + moved for day in days] if days else days
            if partition is not None:
                place = rows.schema.get_field_index(partition)
                values = [day and day + moved for day in rows.column(place).to_pylist()]
                column = pa.array(values, rows.schema.field(place).type)
                rows = rows.set_column(place, rows.schema.field(place), column)
            lake._write(table, rows, partition=partition, days=days, step=step)

    def note_run(self) -> None:
        """Store the run and its events once more, under another id and day."""
        dagster = self._home / "dagster"
        runs = dagster / "history" / "runs"
        moment, fresh = self._now.replace(tzinfo=None).isoformat(sep=" "), str(uuid.uuid4())
        with closing(sqlite3.connect(dagster / "history" / "runs.db")) as store:
            old = store.execute("select run_id from runs order by id desc limit 1").fetchall()[0][0]
            (day,) = store.execute("select partition from runs where run_id = ?", [old]).fetchall()[
                0
            ]
            _again(store, "runs", old, fresh, day, self._day.isoformat(), moment)
            _again(store, "run_tags", old, fresh, day, self._day.isoformat(), moment)
            store.commit()
        with closing(sqlite3.connect(runs / "index.db")) as index:
            for table in ("event_logs", "asset_check_executions"):
                _again(index, table, old, fresh, day, self._day.isoformat(), moment)
            index.commit()
        for path in runs.glob(f"{old}.db"):
            with closing(sqlite3.connect(path)) as events:
                events.execute("vacuum into ?", [str(runs / f"{fresh}.db")])
            with closing(sqlite3.connect(runs / f"{fresh}.db")) as events:
                events.execute("update event_logs set run_id = ?", [fresh])
                events.commit()
        logs = dagster / "storage" / old
        if logs.is_dir():
            shutil.copytree(logs, dagster / "storage" / fresh)

    def copy_files(self) -> None:
        """Lists, reports and models of the day, as they stood."""
        old, new = self._template.isoformat(), self._day.isoformat()
        for outbox in (self._home / "lists").iterdir():
            version = (outbox / old).resolve()
            target = version.with_name(version.name.replace(old, new))
            shutil.copytree(version, target)
            for path in target.iterdir():
                path.rename(path.with_name(path.name.replace(old, new)))
            (outbox / new).symlink_to(Path(".versions") / target.name, target_is_directory=True)
        shutil.copytree(self._home / "reports" / old, self._home / "reports" / new)
        for model in (self._home / "models").glob(f"*/*/{old}"):
            shutil.copytree(model, model.with_name(new))

    def do(self, number: int) -> None:
        """What is done for good."""
        from assets.ingest.load import load
        from data_contracts.exports import EXPORTS, ORDERS

        linli = self._settings.linli_home()
        for table in EXPORTS if number % 5 == 0 else (ORDERS,):
            load(linli, table, lambda _: None)
        if number % 5 == 0:
            linli.lakehouse.publish(self._home / "linli.duckdb")
        command = [sys.executable, "-m", "pipelines.cli.app"]
        place = ["--home", str(self._home)]
        if number % 30 == 0:
            person = f"U{number // 30:07}"
            subprocess.run([*command, "forget", person, "--yes", *place], check=False)
            archive = self._home.parent / f"backup-{number}.tar"
            subprocess.run([*command, "backup", str(archive), *place], check=False)
            if archive.exists():
                print(f"backup {archive.stat().st_size / 1e6:.1f} MB", flush=True)
                archive.unlink()
        if number % 15 == 0:
            killed = linli.lakehouse.scratch / f"ingest-killed-{number}"
            killed.mkdir(parents=True)
            (killed / "rows.parquet").write_bytes(b"0" * 100_000)
            os.utime(killed, (self._now.timestamp(),) * 2)


def _again(
    store: sqlite3.Connection,
    table: str,
    old: str,
    fresh: str,
    old_day: str | None,
    day: str,
    moment: str,
) -> None:
    """Insert the rows of the run `old` once more as those of the run `fresh`."""
    columns = [row[1] for row in store.execute(f"pragma table_info({table})") if row[1] != "id"]
    values = []
    for row in store.execute(f"select {', '.join(columns)} from {table} where run_id = ?", [old]):
        values.append(
            [
                moment
                if name.endswith("timestamp") and isinstance(value, str)
                else value.replace(old, fresh).replace(old_day or old, day)
                if isinstance(value, str)
                else value
                for name, value in zip(columns, row, strict=True)
            ]
        )
    marks = ", ".join("?" * len(columns))
    store.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", values)


def _stamp(home: Path, seen: set[Path], now: datetime) -> None:
    """Give new files the day's time: the kernel's clock is not the simulated one."""
    for place in ("lake", "models", "reports"):
        for folder, folders, names in os.walk(home / place):
            for name in (*names, *(folders if place == "models" else ())):
                path = Path(folder, name)
                if path not in seen:
                    seen.add(path)
                    os.utime(path, (now.timestamp(), now.timestamp()))


if __name__ == "__main__":
    main()
