"""Seconds and memory of ingest beside a floor, on the same files in the same run.

    python -m tests.bench.ingest --lines 10000000 --folder /tmp/bench

The floor is the bare engine: `COPY (SELECT … FROM read_csv(…)) TO … (FORMAT parquet, PARTITION_BY
day)`. Ours types, repairs, judges, masks, settles keys, accounts and commits. Files are made once,
ten in order of time, out of the simulated platform. Then one more day is loaded, which should cost
what a day costs. Each measure is its own process, so that peaks are its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import duckdb

SIMULATED = ("--users", "7500", "--communities", "40", "--skus", "150")
FILES = 10


def make(folder: Path, lines: int) -> None:
    """Write about `lines` order lines into `folder`/orders, in order of time."""
    one = folder / "one"
    if not one.exists():
        subprocess.run(
            [Path(sys.executable).with_name("linli"), "sample", *SIMULATED, "--out", one],
            check=True,
        )
    target = folder / "orders"
    target.mkdir(parents=True)
    source = f"read_csv('{one / 'orders.csv'}', all_varchar = true)"
    with duckdb.connect(config={"threads": 2, "memory_limit": "6GB"}) as connection:
        rows = connection.sql(f"select count(*) from {source}").fetchall()[0][0]
        copies = max(1, round(lines / rows))
        days = [
            row[0]
            for row in connection.sql(
                f"select distinct ordered_at[:10] from {source} order by 1"
            ).fetchall()
        ]
        step = -(-len(days) // FILES)
        for first in range(0, len(days), step):
            low, high = days[first], days[min(first + step, len(days)) - 1]
            connection.execute(
                "copy (select c || order_id as order_id, c || line_id as line_id, "
                "'U' || c || substr(user_id, 2) as user_id, "
                f"* exclude (order_id, line_id, user_id, c) from {source}, range({copies}) t(c) "
                f"where ordered_at[:10] between '{low}' and '{high}' "
                f"order by ordered_at, order_id, line_id) "
                f"to '{target}/orders_{low}_{high}.csv' (header)"
            )
        next_day = folder / "next_day.csv"
        connection.execute(
            "copy (select 'n' || c || order_id as order_id, 'n' || c || line_id as line_id, "
            "ordered_at::timestamp + interval 1 day as ordered_at, "
            "* exclude (order_id, line_id, ordered_at, c) "
            f"from {source}, range({copies}) t(c) where ordered_at[:10] = '{days[-1]}') "
            f"to '{next_day}' (header)"
        )


def floor(orders: Path, out: Path, threads: int) -> None:
    """What the bare engine does with the same files."""
    with duckdb.connect(config={"threads": threads, "memory_limit": "6GB"}) as connection:
        connection.execute(
            "copy (select *, cast(ordered_at as date) as day "
            f"from read_csv('{orders}/*.csv')) to '{out}' "
            "(format parquet, partition_by (day), overwrite_or_ignore)"
        )


def ours(orders: Path, home: Path, threads: int) -> None:
    """A load of every new file."""
    from assets.ingest.load import load
    from assets.resources.home import LinliHome
    from data_contracts.exports import ORDERS

    linli = LinliHome(home=str(home), exports=str(orders), threads=threads, memory_limit="3GB")
    load(linli, ORDERS, lambda line: print(line, file=sys.stderr))


def warm(kind: str) -> None:
    """Import what a measure needs before its clock starts."""
    if kind == "ours":
        import assets.ingest.load
        import assets.resources.home  # noqa: F401


def timed(*arguments: object) -> tuple[float, float, float]:
    """Seconds, peak MiB and seconds of CPU of this script run as a process of its own."""
    script = (
        "import resource, sys, time; from pathlib import Path; from tests.bench import ingest; "
        "kind, threads, source, target = sys.argv[1:]; "
        "ingest.warm(kind); started, used = time.perf_counter(), time.process_time(); "
        "getattr(ingest, kind)(Path(source), Path(target), int(threads)); "
        "seconds = time.perf_counter() - started; "
        "print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "
        "time.process_time() - used)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, peak, cpu = done.stdout.split()[-3:]  # the engine may draw a progress bar before
    return float(seconds), float(peak), float(cpu)


def asked(description: str | None) -> argparse.Namespace:
    """Options of a bench on order lines; the lines are made where they do not stand yet."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    if not (chosen.folder / "orders").exists():
        make(chosen.folder, chosen.lines)
    return chosen


def main() -> None:
    chosen = asked(__doc__)
    folder = chosen.folder
    stamp = f"{time.time():.0f}"
    bare, bare_peak, bare_cpu = timed(
        "floor", chosen.threads, folder / "orders", folder / f"floor-{stamp}"
    )
    home = folder / f"home-{stamp}"
    full, full_peak, full_cpu = timed("ours", chosen.threads, folder / "orders", home)
    late = folder / "orders" / "orders_next_day.csv"
    late.write_bytes((folder / "next_day.csv").read_bytes())
    day, _, day_cpu = timed("ours", chosen.threads, folder / "orders", home)
    alone = folder / f"alone-{stamp}"
    alone.mkdir()
    (alone / late.name).write_bytes(late.read_bytes())
    first, _, first_cpu = timed("ours", chosen.threads, alone, folder / f"home-alone-{stamp}")
    late.unlink()
    rows = sum(1 for _ in (folder / "next_day.csv").open("rb")) - 1
    print(f"threads {chosen.threads}; on a busy machine look at the CPU")
    print(f"floor   {bare:6.1f} s  CPU {bare_cpu:6.1f} s  peak {bare_peak:,.0f} MiB")
    print(
        f"ours    {full:6.1f} s  CPU {full_cpu:6.1f} s  peak {full_peak:,.0f} MiB  "
        f"= {full / bare:.2f} × floor, {full_cpu / bare_cpu:.2f} × its CPU"
    )
    print(
        f"one day {day:6.1f} s  CPU {day_cpu:6.1f} s  for {rows:,} rows behind all that; "
        f"{first:.1f} s into an empty lake = {day / first:.2f} ×, "
        f"{day_cpu / first_cpu:.2f} × its CPU"
    )


if __name__ == "__main__":
    main()
