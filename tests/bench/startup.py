"""How light commands start: user CPU seconds of `--help`, of refusals and of loading the
definitions, compared with `import dagster`.

    python -m tests.bench.startup [--rounds 5]

Runs every command once per round, in turns, so that a busy machine slows all of them alike. Prints
the median of the user CPU seconds of each (children's, by `os.times`), its ratio to the median of
`import dagster`, and the limit. Exits with 1 when a limit is passed. `tests/architecture` holds
what is imported, not the seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND_LIMIT, DEFINITIONS_LIMIT = 0.5, 1.6
DAGSTER = "import dagster"

# What people mistake; {home}, {empty}, {file} and {new} are drawn up by `main`.
REFUSALS = (
    "run",
    "run --bogus",
    "bogus",
    "lists --lang xx",
    "ui --port 0",
    "run --as-of 2026-13-01 --home {home}",
    "run --as-of 2990-01-01 --home {home}",
    "run --as-of 2026-10-31 --home {home} --exports {home}/nowhere",
    "run --as-of 2026-10-31 --home {home} --exports {empty}",
    "run --as-of 2026-10-31 --home {home} --exports {empty} --platform nowhere",
    "nowcast --at yesterday --home {home}",
    "nowcast --at 2026-10-31T18:00 --home {home}",
    "backtest demand --as-of yesterday --home {home}",
    "lists --home {home}",
    "lists --platform nowhere --home {home}",
    "check {home}/orders.csv",
    "check {file} --preset nowhere",
    "map {home}/orders.csv",
    "map {file} --export nothing",
    "deliver --as-of yesterday --out {new} --home {home}",
    "deliver --out {new} --home {home}",
    "forget U1 --yes --home {home}",
    "models list --home {home}",
    "models promote demand yesterday --home {home}",
    "models rollback demand --home {home}",
    "backup {new} --home {home}",
    "restore {home}/nothing.tar --home {home}",
    "import nothing {file} --out {new}",
    "sample --days 1",
    "sample --out {full} --home {home}",
)


def refusals(folder: Path) -> list[list[str]]:
    """The words of every refused command; draws up in `folder` what they name."""
    places = {name: folder / name for name in ("home", "empty", "new", "full")}
    places["file"] = folder / "full" / "orders.csv"
    for name in ("empty", "full"):
        places[name].mkdir(exist_ok=True)
    places["file"].write_text("订单号,商品\nA1,S1\n", encoding="utf-8")
    return [line.format(**places).split() for line in REFUSALS]


def user_seconds(words: list[str], folder: Path) -> float:
    """User CPU seconds of one child process that is given `words` after `python`."""
    before = os.times().children_user
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = os.getcwd()
    subprocess.run([sys.executable, *words], capture_output=True, env=environment, check=False)
    return os.times().children_user - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cli = ["-m", "pipelines.cli.app"]
        commands = {
            DAGSTER: (["-c", DAGSTER], None),
            "import pipelines.definitions": (
                ["-c", "import pipelines.definitions"],
                DEFINITIONS_LIMIT,
            ),
            "linli --help": ([*cli, "--help"], COMMAND_LIMIT),
        }
        for words, line in zip(refusals(folder), REFUSALS, strict=True):
            commands[f"linli {line}"] = ([*cli, *words], COMMAND_LIMIT)
        seconds: dict[str, list[float]] = {title: [] for title in commands}
        for _ in range(rounds):
            for title, (words, _limit) in commands.items():
                seconds[title].append(user_seconds(words, folder))
    floor = statistics.median(seconds[DAGSTER])
    failed = False
    for title, (_words, limit) in commands.items():
        median = statistics.median(seconds[title])
        ratio = median / floor
        is_over = limit is not None and ratio > limit
        failed |= is_over
        shown = "" if limit is None else f"  limit {limit}{'  OVER' if is_over else ''}"
        print(f"{median:6.2f} s  {ratio:5.2f} ×{shown:14}  {title}")
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
