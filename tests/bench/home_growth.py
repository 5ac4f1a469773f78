"""Let a year of days pass over a small home and print how large each folder is.

The clock is libfaketime's (Debian: apt-get install faketime), so that delta-rs and Dagster see the
days pass; each day commits what a small day's run commits: every table of a day replaced twice, the
ledger and a table of three months overwritten, a Dagster run with checks. Then comes the upkeep of
`linli run`. `--no-upkeep` shows the growth without it.

    python -m tests.bench.home_growth --days 365
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

FAKE = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
FIRST = datetime(2025, 11, 1, 6, tzinfo=UTC)
SHOWN_EVERY = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--no-upkeep", action="store_true")
    asked = parser.parse_args()
    if "LD_PRELOAD" not in os.environ:
        if not FAKE.is_file():
            sys.exit(f"{FAKE} is missing: apt-get install faketime")
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            environment = os.environ | {
                "LD_PRELOAD": str(FAKE), "NO_FAKE_STAT": "1", "FAKETIME_NO_CACHE": "1",
                "FAKETIME": _faked(FIRST), "TZ": "UTC",
                "GROWTH_HOME": str(Path(folder, "home")),
            }  # fmt: skip
            command = [sys.executable, "-m", "tests.bench.home_growth", *sys.argv[1:]]
            sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    grow(Path(os.environ["GROWTH_HOME"]), asked.days, has_upkeep=not asked.no_upkeep)


def _faked(moment: datetime) -> str:
    return f"@{moment:%Y-%m-%d %H:%M:%S}"


def grow(home: Path, days: int, *, has_upkeep: bool) -> None:
    """Let the days pass, and print sizes every month."""
    import dagster as dg
    import pyarrow as pa

    from data_contracts.tables.bookkeeping import FALLBACKS, INGEST_LEDGER, RUN_STEPS
    from pipelines.settings import Settings
    from pipelines.upkeep import tidy

    (home.parent / "exports").mkdir()
    settings = Settings.from_environment({}, home=home, exports=home.parent / "exports")
    settings.prepare_home()
    linli = settings.resource()
    lake = linli.lakehouse
    job = _job_with_checks()
    seen: set[Path] = set()
    for number in range(days):
        now = FIRST + timedelta(days=number)
        os.environ["FAKETIME"] = _faked(now)
        day = now.date()
        for _ in range(2):
            steps = [
                {"as_of": day, "step": f"s{n}", "seconds": 1.0, "peak_memory_mib": 1.0, "rows": n}
                for n in range(50)
            ]
            lake.replace(
                RUN_STEPS, day, pa.Table.from_pylist(steps, schema=RUN_STEPS.arrow_schema())
            )
            lake.replace(FALLBACKS, day, _rows(FALLBACKS, day, 3))
        lake.overwrite(INGEST_LEDGER, pa.Table.from_pylist([], schema=INGEST_LEDGER.arrow_schema()))
        with dg.DagsterInstance.get() as instance:
            job.execute_in_process(instance=instance, run_config=QUIET)
            _stamp(home, seen, now)
            if has_upkeep:
                tidy(linli, instance, datetime.now(UTC))
                _stamp(home, seen, now)
        if (number + 1) % SHOWN_EVERY == 0 or number + 1 == days:
            print(f"day {number + 1:>3}: {_sizes(home)}", flush=True)


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def _rows(table: object, day: date, count: int) -> object:
    import pyarrow as pa

    rows = [
        {"as_of": day, "step": "s", "code": f"c{n}", "message": "m" * 80, "message_zh": "文" * 40}
        for n in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=table.arrow_schema())


def _job_with_checks() -> object:
    """A job of three assets with ten checks each: a fifteenth of a real day's."""
    import dagster as dg

    def asset(number: int) -> dg.AssetsDefinition:
        @dg.multi_asset(
            name=f"a{number}",
            specs=[dg.AssetSpec(f"a{number}")],
            check_specs=[dg.AssetCheckSpec(f"c{n}", asset=f"a{number}") for n in range(10)],
        )
        def made():
            yield dg.MaterializeResult(
                asset_key=f"a{number}",
                check_results=[
                    dg.AssetCheckResult(passed=True, check_name=f"c{n}", metadata={"rows": n})
                    for n in range(10)
                ],
            )

        return made

    assets = [asset(number) for number in range(3)]
    job = dg.define_asset_job("day")
    return dg.Definitions(assets=assets, jobs=[job]).resolve_job_def("day")


def _stamp(home: Path, seen: set[Path], now: datetime) -> None:
    """Give new files the day's time: the kernel's clock is not the simulated one."""
    for path in (home / "lake").rglob("*"):
        if path.is_file() and path not in seen:
            seen.add(path)
            os.utime(path, (now.timestamp(), now.timestamp()))


def _sizes(home: Path) -> str:
    def size(folder: Path) -> str:
        total = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
        return f"{total / 1e6:.1f} MB"

    folders = [path for path in sorted(home.iterdir()) if path.is_dir() and any(path.iterdir())]
    logs = sum(1 for _ in (home / "lake").glob("*/*/_delta_log/*"))
    files = sum(1 for _ in (home / "lake").rglob("*.parquet"))
    parts = [f"{path.name} {size(path)}" for path in folders]
    return ", ".join([*parts, f"{files} Parquet files", f"{logs} log files"])


if __name__ == "__main__":
    main()
