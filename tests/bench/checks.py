"""Share of the checks' seconds in ingest's, for one bulk load of order lines.

    python -m tests.bench.checks --lines 10000000 --folder /tmp/bench

The files are those of `tests.bench.ingest`. Load and checks run in one process, as they do in a
run; the import of Great Expectations begins with ingest, and the checks' seconds hold what is left
of it when the first of them needs it. The load touches every day, so the first look holds the other
days beside the day itself; the second look is what a day costs on which nothing else was loaded.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from tests.bench.ingest import asked

LIMIT = 0.2
LIMIT_FROM_LINES = 10_000_000  # under it the fixed costs weigh more


def measure(orders: Path, home: Path, threads: int) -> dict[str, float | int | str]:
    """Load every file of `orders` into a new home, check its last whole day twice."""
    from assets.checks.gx import great_expectations, import_in_background
    from assets.checks.run_checks import run_checks
    from assets.ingest.load import load
    from assets.resources.home import LinliHome
    from data_contracts.exports import ORDERS

    linli = LinliHome(home=str(home), exports=str(orders), threads=threads, memory_limit="3GB")
    started = time.perf_counter()
    import_in_background()
    load(linli, ORDERS, lambda line: print(line, file=sys.stderr))
    ingest = time.perf_counter() - started
    with linli.lakehouse.session() as session:
        rows, last = session.rows("select count(*), max(business_date) from orders")[0]
    as_of = last - timedelta(days=1)
    peak_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    great_expectations()
    imported = time.perf_counter() - started
    results = run_checks(linli, ORDERS, as_of)
    first = time.perf_counter() - started
    started = time.perf_counter()
    run_checks(linli, ORDERS, as_of)
    second = time.perf_counter() - started
    return {
        "rows": rows,
        "as_of": as_of.isoformat(),
        "ingest": ingest,
        "imported": imported,
        "first": first,
        "second": second,
        "checks": len(results),
        "other_days": _said(linli.report_dir(as_of)),
        "peak_grown_mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_before) / 1024,
    }


def _said(report: Path) -> str:
    """What the look at the other days says of itself."""
    rows = json.loads((report / "checks.json").read_text("utf-8"))
    row = next(row for row in rows if row["check"] == "table__other_days")
    return (
        f"{row['days']} other days, {row['seen']}, {row['rows_checked']:,} looked at "
        f"({row['share_of_rows_checked']:.3%})"
    )


def main() -> None:
    chosen = asked(__doc__)
    folder = chosen.folder
    home = folder / f"home-checks-{time.time():.0f}"
    script = (
        "import json, sys; from pathlib import Path; from tests.bench.checks import measure; "
        "print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, folder / "orders", home, str(chosen.threads)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    share = found["first"] / found["ingest"]
    print(f"{found['rows']:,} lines, as of {date.fromisoformat(found['as_of'])}")
    print(f"ingest       {found['ingest']:6.1f} s")
    print(
        f"checks       {found['first']:6.1f} s = {share:.1%} of ingest; "
        f"{found['checks']} checks, {found['imported']:.1f} s of it waiting for the import"
    )
    print(f"             {found['other_days']}; peak grew by {found['peak_grown_mib']:,.0f} MiB")
    print(f"checks again {found['second']:6.1f} s = {found['second'] / found['ingest']:.1%}")
    if share >= LIMIT and found["rows"] >= LIMIT_FROM_LINES:
        sys.exit(f"the checks take {share:.1%} of ingest, more than {LIMIT:.0%}")


if __name__ == "__main__":
    main()
