"""Refuse as many times as asked, several at once, and count how the processes end.

Each call is a process of its own that must say one error and end with exit code 1: no other code,
no signal, nothing after the message, and no hang. Kinds: a folder without orders, a folder whose
orders are broken, files that `linli check` refuses before, while and after they are read, `map`
which reads the beginning of a large file only, and a day no order covers. Ctrl-C prints what
there is so far.

    python -m tests.bench.refusals --calls 500 --at-once 6
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

HEADER = "order_id,line_id,ordered_at,sku_id,quantity_units"
SAYS_SO = ("error", "错误", "would be refused", "将不予导入")
HANGS_AFTER_SECONDS = 180
ROWS = 250_000  # several blocks of the reader: it is still at work when the first is refused


@dataclass(frozen=True)
class Ended:
    """How one call ended. `stray`: what stands on stderr behind the error."""

    kind: str
    code: int | None
    seconds: float
    stray: str


def make_inputs(folder: Path) -> dict[str, list[str]]:
    """Files and folders that are refused; kind → arguments of `linli`."""
    good = [f"{i},1,2026-09-01 10:00:00,s{i % 9},2" for i in range(ROWS)]
    texts = {
        "mostly_bad": [f"{i},1,no moment,s1,2" for i in range(ROWS // 10)],
        "open_quote": [*good, '1,1,"2026-09-01 10:00:00,s1,2', *good[:2_000]],
        "few_fields": [f"{i},1" for i in range(ROWS)],
        "late_cell": [*good[: ROWS // 2], "1,1,2026-09-01 10:00:00,\udcff\udcfe,2", *good],
    }
    for name, lines in texts.items():
        content = "\n".join([HEADER, *lines, ""]).encode("utf-8", "surrogateescape")
        (folder / f"orders_{name}.csv").write_bytes(content)
    packed = gzip.compress("\n".join([HEADER, *good]).encode(), 1)
    (folder / "orders_cut.csv.gz").write_bytes(packed[: len(packed) * 2 // 3])
    (folder / "orders_lacks.csv").write_text("order_id,line_id,ordered_at\n1,1,2026-09-01\n")
    (folder / "orders_nothing.csv").write_text("")
    kinds = {f"check {path.name}": ["check", str(path)] for path in sorted(folder.glob("orders_*"))}
    for name, orders in {"empty": None, "lacking": "order_id\n1\n", "one": _one()}.items():
        (folder / name).mkdir()
        if orders is not None:
            (folder / name / "orders.csv").write_text(orders)
        kinds[f"run {name}"] = ["run", "--exports", str(folder / name), "--as-of", "2026-10-31"]
        kinds[f"run {name}"] += ["--home", str(folder / f"home_{name}")]
    own = folder / "own"
    (own / "mappings").mkdir(parents=True)
    (own / "lines.csv").write_text("\n".join(["a,b,c,d,e", *good, ""]))
    (own / "mappings" / "own_orders.csv").write_text("")
    kinds["map what stands already"] = ["map", str(own / "lines.csv")]
    return kinds


def _one() -> str:
    return f"{HEADER}\n1,1,2026-09-01 10:00:00,s1,2\n"


def call(kind: str, arguments: Sequence[str]) -> Ended:
    """Run `linli` once; a code of None is a hang."""
    command = [sys.executable, "-m", "pipelines.cli.app", *arguments]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=HANGS_AFTER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as hung:
        said = (hung.stderr or b"").decode("utf-8", "replace")
        return Ended(kind, None, time.perf_counter() - started, said)
    seconds = time.perf_counter() - started
    said = [line for line in done.stderr.splitlines() if line.strip()]
    begins = [
        place
        for place, line in enumerate(said)
        if line.startswith(("error", "错误", "would be refused", "将不予导入"))
    ]
    stray = said[begins[0] + 1 :] if begins else ["no error was said", *said]
    return Ended(kind, done.returncode, seconds, "\n".join(stray))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linli-refusals-") as name:
        kinds = list(make_inputs(Path(name)).items())
        turns = [kinds[number % len(kinds)] for number in range(asked.calls)]
        ended: list[Ended] = []
        with ThreadPoolExecutor(asked.at_once) as pool:
            calls = [pool.submit(call, *turn) for turn in turns]
            try:
                ended.extend(done.result() for done in as_completed(calls))
            except KeyboardInterrupt:  # what there is so far
                pool.shutdown(cancel_futures=True)
    for kind, _ in kinds:
        mine = [one for one in ended if one.kind == kind]
        codes = Counter("hang" if one.code is None else str(one.code) for one in mine)
        strays = sum(bool(one.stray) for one in mine)
        slowest = max((one.seconds for one in mine), default=0.0)
        print(f"{kind:<32} {dict(codes)!s:<24} said more: {strays:>3}  slowest {slowest:5.1f} s")
    wrong = [one for one in ended if one.code != 1 or one.stray]
    print(f"{len(ended)} refusals, {len(wrong)} did not end as they should")
    for one in wrong[:5]:
        print(f"--- {one.kind}: {one.code}\n{one.stray[:400]}")


if __name__ == "__main__":
    main()
