"""Change the rules in small ways and count how many of the changes a test notices.

    python -m tests.bench.mutation --seed 7 --python 40 --sql 40 [--only PATH] [--jobs 2]

Draws mutations of the files of `targets`, file after file so that each has its share, and runs for
each the tests that are meant to hold the file, in a copy of the tree under TMPDIR. Prints a table
and the share killed of Python and of SQL; a run that takes four times as long as without the
mutation counts as killed by its timeout. The tests must pass before anything is changed.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.mutation.mutants import Mutant
from tests.bench.mutation.python_mutants import python_mutants
from tests.bench.mutation.sql_mutants import sql_mutants
from tests.bench.mutation.targets import TARGETS

ROOT = Path(__file__).resolve().parents[3]
FIRST_RUN_SECONDS = 600.0


@dataclass(frozen=True)
class Ended:
    """How the tests of a file ended under one of its mutations."""

    mutant: Mutant
    outcome: str
    seconds: float


def mutants_of(path: str, root: Path = ROOT) -> list[Mutant]:
    """Every mutation of a file that the bench knows."""
    content = (root / path).read_bytes()
    return sql_mutants(path, content) if path.endswith(".sql") else python_mutants(path, content)


def drawn(paths: Sequence[str], number: int, seed: int) -> list[Mutant]:
    """`number` mutations of `paths`, one file after the other, each in random order."""
    chance = random.Random(seed)
    left = [mutants_of(path) for path in paths]
    for found in left:
        chance.shuffle(found)
    chance.shuffle(left)
    taken: list[Mutant] = []
    while any(left) and len(taken) < number:
        taken += [found.pop() for found in left if found]
    return taken[:number]


class Copy:
    """A copy of the tree with a process that runs tests in it."""

    def __init__(self, folder: Path) -> None:
        for name in _files():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
        own = {"PYTHONPATH": str(folder), "PYTHONHASHSEED": "0", "TMPDIR": str(folder / "tmp")}
        (folder / "tmp").mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.mutation.worker"],
            cwd=folder,
            env=os.environ | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, tests: Sequence[str], seconds: float, **change: str) -> dict[str, Any]:
        """How the tests end, with the file `path` changed to `content` if that is given."""
        assert self._process.stdin and self._process.stdout
        request = {"tests": list(tests), "seconds": seconds} | change
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def _files() -> list[str]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in names.split("\0") if name and (ROOT / name).is_file()]


def tried(mutants: Iterable[Mutant], jobs: int) -> Iterable[Ended]:
    """How each mutation ends, as they end; exits when the tests fail on what is not changed."""
    mutants = list(mutants)
    contents = {one.path: (ROOT / one.path).read_bytes() for one in mutants}
    by_tests = {TARGETS[one.path] for one in mutants}
    with tempfile.TemporaryDirectory(prefix="linli-mutation-") as name:
        copies: queue.Queue[Copy] = queue.Queue()
        made = [Copy(_made(Path(name) / str(number))) for number in range(jobs)]
        for copy in made:
            copies.put(copy)

        def asked(tests: Sequence[str], seconds: float, **change: str) -> dict[str, Any]:
            copy = copies.get()
            try:
                return copy.ask(tests, seconds, **change)
            finally:
                copies.put(copy)

        def judged(one: Mutant) -> Ended:
            tests = TARGETS[one.path]
            content = one.apply(contents[one.path]).decode()
            limit = max(20.0, 4 * usual[tests])
            found = asked(tests, limit, path=one.path, content=content)
            return Ended(one, found["outcome"], found["seconds"])

        try:
            with ThreadPoolExecutor(jobs) as pool:
                firsts = pool.map(lambda tests: (tests, asked(tests, FIRST_RUN_SECONDS)), by_tests)
                usual = {tests: _passed(tests, found) for tests, found in firsts}
                yield from pool.map(judged, mutants)
        finally:
            for copy in made:
                copy.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _passed(tests: Sequence[str], found: dict[str, Any]) -> float:
    """Seconds of a first run; exits when it did not pass."""
    if found["outcome"] != "survived":
        sys.exit(f"without a mutation, {' '.join(tests)}: {found['outcome']}\n{found['said']}")
    return float(found["seconds"])


def share(ended: Sequence[Ended], language: str) -> str:
    """How many mutations of a language were noticed, in words."""
    mine = [one for one in ended if one.mutant.path.endswith(".sql") == (language == "SQL")]
    noticed = sum(one.outcome != "survived" for one in mine)
    part = f"{noticed / len(mine):.1%}" if mine else "none drawn"
    return f"{language}: {noticed} of {len(mine)} killed ({part})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--python", type=int, default=40)
    parser.add_argument("--sql", type=int, default=40)
    parser.add_argument("--only", help="files whose path begins so")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    paths = [path for path in TARGETS if path.startswith(asked.only or "")]
    is_sql = {path: path.endswith(".sql") for path in paths}
    mutants = drawn([p for p in paths if not is_sql[p]], asked.python, asked.seed)
    mutants += drawn([p for p in paths if is_sql[p]], asked.sql, asked.seed)
    ended = []
    for one in tried(sorted(mutants, key=lambda one: (one.path, one.start, one.text)), asked.jobs):
        ended.append(one)
        where = f"{one.mutant.path}:{one.mutant.line}"
        print(
            f"{one.outcome:<9} {one.seconds:5.1f} s  {where:<58} {one.mutant.kind:<10} "
            f"{one.mutant.says}",
            flush=True,
        )
    print(f"seed {asked.seed}, {len({one.mutant.path for one in ended})} files")
    for language in ("Python", "SQL"):
        print(share(ended, language))


if __name__ == "__main__":
    main()
