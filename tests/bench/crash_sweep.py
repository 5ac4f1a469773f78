"""Every command that writes, killed or with a full disk at each of its points, and run again.

    python -m tests.bench.crash_sweep --folder /tmp/sweep --minutes 60
    python -m tests.bench.crash_sweep --folder /tmp/sweep --commands load forget --every 1
    python -m tests.bench.crash_sweep --folder /tmp/sweep --commands run --random-kills 200

A point is a rename, link, removal, sync, new file or write under the platform's folder
(`tests/faults/points.c`). At each point the command runs once until SIGKILL and once into ENOSPC
(the disk stays full from there on) on a copy of the home, then again undisturbed; what the home
then holds is compared with that after an undisturbed run: tables, lists, manifests, reports,
models, vault, hand-backs, audit, files left over, and who may read them. Of writes to one file in a
row the first, the last and one between count. `--every`: only each k-th point, from a drawn one on;
`--minutes`: until then, points in drawn order. The seed is printed; `--seed` takes it again.

`--random-kills N` kills whole commands at random moments instead, `--in-a-row` times before they
may end. The base platform is made once in the folder and used again. A day's run takes half a
minute each, so that a sweep of it takes hours.
"""

from __future__ import annotations

import argparse
import csv
import random
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import openpyxl

from models.simulate.config import SimulationConfig
from pipelines.sample import write_sample
from tests.faults.points import Mode, Point, build
from tests.faults.server import Server
from tests.faults.sweep import Attempt, Command, Sweep, may_fail
from tests.lake import give_key

SAMPLE = SimulationConfig(days=40, users=30, communities=3, skus=30, seed=3)
FIRST, SECOND = SAMPLE.end - timedelta(days=3), SAMPLE.end - timedelta(days=2)
CLI = "tests.faults.commands:linli"
WHERE = ("--exports", "{exports}", "--home", "{home}")


def run(day: date) -> tuple[str, ...]:
    return ("run", "--as-of", day.isoformat(), *WHERE)


# -- what is done to the platform before a command ------------------------------------------------


def as_it_is(folder: Path) -> None:
    """The first day has run."""


def nothing_loaded(folder: Path) -> None:
    shutil.rmtree(folder / "home")
    give_key(folder / "home")


def second_day(folder: Path) -> None:
    """A corrected file of the same name, newer rows of its keys elsewhere, a hand-back mended."""
    exports = folder / "exports"
    header, rows = _read(exports / "orders.csv")
    quantity, updated = header.index("quantity_units"), header.index("updated_at")
    later = [list(row) for row in rows[10:20]]
    for row in rows[20:30]:
        row[quantity] = str(int(row[quantity] or 1) + 1) if row[quantity].isdigit() else "1"
    for row in later:
        row[updated] = f"{SAMPLE.end} 22:00:00"
    _write(exports / "orders.csv", header, [*rows[:40], *rows[43:]])
    _write(exports / "orders_later.csv", header, later)
    for path in (folder / "home" / "quarantine").glob("browse*.csv"):
        text = path.read_text("utf-8-sig").replace(BROKEN, f"{SECOND} 10:00:00")
        (exports / path.name).write_text(text, "utf-8")


def two_models(folder: Path) -> None:
    """Filled in by a job of the server, which knows the models."""


def unknown_headers(folder: Path) -> None:
    rows = [["甲1", "2026-09-01 10:00:00", "U0000001", "白菜", "3", "4.50"]]
    _write(folder / "exports" / "own" / "明细.csv", ["单据", "时刻", "客", "货", "数", "价"], rows)


def filled_in(folder: Path) -> None:
    """A planner changed the first quantity of the restock workbook."""
    (made,) = (folder / "home" / "lists").glob(f"**/restock/{FIRST}/restock_{FIRST}.xlsx")
    book = openpyxl.load_workbook(made)
    for sheet in (book["订单"], book["不补"]):
        headers = [cell.value for cell in sheet[2]]
        lines = [row for row in sheet.iter_rows(min_row=3) if row[0].value and row[1].value]
        for line in lines[:1]:
            line[headers.index("确认数量")].value += 10
    (folder / "exports" / "own").mkdir(parents=True, exist_ok=True)
    book.save(folder / "exports" / "own" / "filled.xlsx")


BROKEN = "gestern"


def _break_some(exports: Path) -> None:
    """A few rows that are set aside: of the orders by quantity, of browsing by time."""
    header, rows = _read(exports / "orders.csv")
    for row in rows[3:6]:
        row[header.index("quantity_units")] = "two"
    _write(exports / "orders.csv", header, rows)
    header, rows = _read(exports / "browse.csv")
    for row in rows[3:6]:
        row[next(i for i, name in enumerate(header) if name.endswith("_at"))] = BROKEN
    _write(exports / "browse.csv", header, rows)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])


@dataclass(frozen=True)
class Case:
    """A command, and what its platform is brought to before it."""

    name: str
    command: Command
    prepare: Callable[[Path], None] = as_it_is


CASES = [
    Case("load, first", Command("tests.faults.jobs:load"), nothing_loaded),
    Case("load, second", Command("tests.faults.jobs:load"), second_day),
    Case("forget", Command(CLI, ("forget", "U0000002", "--yes", *WHERE))),
    Case(
        "deliver",
        Command(
            CLI,
            ("deliver", "--as-of", FIRST.isoformat(), "--out", "{out}/wake_up.csv", *WHERE),
            is_repeatable=False,
        ),
    ),
    Case(
        "edits take",
        Command(CLI, ("edits", "take", "{exports}/own/filled.xlsx", "--by", "A", *WHERE)),
        filled_in,
    ),
    Case(
        "models promote",
        Command(CLI, ("models", "promote", "demand", "2026-09-05", *WHERE), is_repeatable=False),
        two_models,
    ),
    Case(
        "models rollback",
        Command(CLI, ("models", "rollback", "demand", *WHERE), is_repeatable=False),
        two_models,
    ),
    Case(
        "map",
        Command(CLI, ("map", "{exports}/own/明细.csv"), is_repeatable=False),
        unknown_headers,
    ),
    Case("nowcast", Command(CLI, ("nowcast", "--at", f"{SECOND}T18:00", *WHERE))),
    Case("run, second", Command(CLI, run(SECOND)), second_day),
    Case("run, first", Command(CLI, run(FIRST)), nothing_loaded),
]


@dataclass
class Line:
    """A row of the table: how often each mode was tried at a command, and came out right."""

    name: str
    points: int
    candidates: int
    tried: dict[Mode, int] = field(default_factory=dict)
    recovered: dict[Mode, int] = field(default_factory=dict)

    def add(self, mode: Mode, attempt: Attempt) -> None:
        self.tried[mode] = self.tried.get(mode, 0) + 1
        self.recovered[mode] = self.recovered.get(mode, 0) + (not attempt.wrong)

    def __str__(self) -> str:
        shown = [
            f"{mode.name.lower()} {self.recovered.get(mode, 0)} of {self.tried[mode]}"
            for mode in sorted(self.tried)
        ]
        return f"{self.name:16} {self.points:6} points {self.candidates:5} kept  {', '.join(shown)}"


class Bench:
    """The platforms of a sweep, each made once, and the server."""

    def __init__(self, server: Server, folder: Path, seed: int) -> None:
        self.server, self.folder, self.seed = server, folder, seed
        self.place = folder / "platform"

    def base(self) -> Path:
        """The platform after its first day, made where there is none."""
        made = self.folder / "base"
        if not made.exists():
            shutil.rmtree(self.place, ignore_errors=True)
            write_sample(self.place / "exports", SAMPLE)
            _break_some(self.place / "exports")
            give_key(self.place / "home")
            outcome = self.server.run(CLI, self.place, *run(FIRST))
            if outcome.how != "done":
                raise SystemExit(f"the base platform cannot be made: {outcome.error}")
            shutil.copytree(self.place, made, symlinks=True)
        return made

    def sweep(self, case: Case) -> Sweep:
        base, before = self.base(), self.folder / "before"
        shutil.rmtree(before, ignore_errors=True)
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(base, self.place, symlinks=True)
        case.prepare(self.place)
        if case.prepare is two_models:
            outcome = self.server.run("tests.faults.commands:two_models", self.place)
            if outcome.how != "done":
                raise SystemExit(outcome.error)
        shutil.copytree(self.place, before, symlinks=True)
        return Sweep(self.server, before, self.place, case.command)

    def attempts(
        self, case: Case, sweep: Sweep, modes: Sequence[Mode], every: int
    ) -> Iterator[tuple[Point, Mode]]:
        """Points and modes to try, in drawn order."""
        drawn = random.Random(f"{self.seed} {case.name}")
        points = sweep.candidates(self.seed)[drawn.randrange(every) :: every]
        pairs = [(point, mode) for point in points for mode in modes if may_fail(point, mode)]
        drawn.shuffle(pairs)
        yield from pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--commands", nargs="*", default=[], help="beginnings of their names")
    parser.add_argument("--modes", nargs="*", default=["kill", "full"])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for each command")
    parser.add_argument("--random-kills", type=int, default=0)
    parser.add_argument("--in-a-row", type=int, default=1, help="random kills before the end")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    folder = asked.folder.resolve()
    modes = [Mode[name.upper()] for name in asked.modes]
    print(f"seed {asked.seed}", flush=True)
    lines = []
    modules = ["tests.faults.jobs", "tests.faults.commands"]
    with Server(build(folder), modules) as server:
        bench = Bench(server, folder, asked.seed)
        for case in CASES:
            if asked.commands and not case.name.startswith(tuple(asked.commands)):
                continue
            sweep = bench.sweep(case)
            line = Line(case.name, len(sweep.points), len(sweep.candidates(asked.seed)))
            lines.append(line)
            end = time.monotonic() + 60 * asked.minutes
            if asked.random_kills:
                _kill_at_random(
                    case, sweep, line, asked.random_kills, asked.in_a_row, end, asked.seed
                )
            else:
                for point, mode in bench.attempts(case, sweep, modes, asked.every):
                    if time.monotonic() > end:
                        break
                    _tell(case, line, mode, sweep.attempt(point, mode), folder)
            print(line, flush=True)
    print("\n".join(map(str, lines)))


def _kill_at_random(
    case: Case, sweep: Sweep, line: Line, times: int, in_a_row: int, end: float, seed: int
) -> None:
    """Kill `times` in all; a row of kills counts as one attempt, which recovers or does not."""
    drawn = random.Random(f"{seed} {case.name}")
    for _ in range(-(-times // in_a_row)):
        if time.monotonic() > end:
            return
        after = [drawn.uniform(0, sweep.seconds) for _ in range(in_a_row)]
        attempt = sweep.killed_after(*after)
        print(f"  killed after {', '.join(f'{each:.1f}' for each in after)} s", flush=True)
        _tell(case, line, Mode.KILL, attempt, sweep.place)


def _tell(case: Case, line: Line, mode: Mode, attempt: Attempt, folder: Path) -> None:
    """Count the attempt, and print it where something is wrong."""
    line.add(mode, attempt)
    if attempt.wrong:
        path = attempt.point.path.replace(str(folder), "")
        print(f"  {case.name}: {path}: {attempt}", flush=True)


if __name__ == "__main__":
    main()
