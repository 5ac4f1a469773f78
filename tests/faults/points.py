"""Points at which a process changes files, counted and made to fail by a preloaded C library.

`points.c` says what a point is and how one fails. Here: building the library and arming it.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from pathlib import Path

SOURCE = Path(__file__).with_name("points.c")
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class Mode(IntEnum):
    """What happens at the point; the numbers are those of `points.c`."""

    OFF = 0
    COUNT = 1
    KILL = 2  # SIGKILL before the call
    TORN = 3  # SIGKILL when a write is done by half; before any other call
    FULL_ONCE = 4  # the call fails with ENOSPC
    FULL = 5  # it does, and from there on every call that needs space


# Calls that a full disk lets pass.
FREE_KINDS = frozenset({"unlink"})


@dataclass(frozen=True)
class Fault:
    """How a process is disturbed: what happens at point `at`, counted from 1."""

    mode: Mode = Mode.OFF
    at: int = 0


@dataclass(frozen=True)
class Point:
    """One point as it was counted: its number, the kind of call and the path it changes."""

    number: int
    kind: str
    path: str

    @classmethod
    def of_line(cls, line: str) -> Point:
        number, kind, path = line.split(" ", 2)
        return cls(int(number), kind, path)


def build(folder: Path) -> Path:
    """Compile the library into `folder`; raises RuntimeError without a C compiler."""
    if COMPILER is None:
        raise RuntimeError("no C compiler (cc, gcc or clang) on the PATH")
    library = folder / "points.so"
    command = [COMPILER, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{SOURCE.name} does not compile: {done.stderr}")
    return library


def preloaded(library: Path) -> dict[str, str]:
    """The environment of a process that is to have its points counted."""
    return {**os.environ, "LD_PRELOAD": str(library), "OPENBLAS_NUM_THREADS": "1"}


def arm(fault: Fault, under: Iterable[Path] = (), but: Iterable[Path] = (), log: str = "") -> None:
    """Count points below the folders `under`, without those below `but`, from now on."""
    folders, without = (":".join(map(str, paths)).encode() for paths in (under, but))
    ctypes.CDLL(None).points_arm(folders, without, log.encode(), int(fault.mode), fault.at)


def read_log(path: Path) -> list[Point]:
    """Points of a log, by their numbers."""
    if not path.is_file():
        return []
    lines = path.read_text("utf-8", "surrogateescape").splitlines()
    return sorted((Point.of_line(line) for line in lines), key=lambda point: point.number)


def spread(points: Sequence[Point], count: int, seed: int) -> list[Point]:
    """`count` of the points: of equal stretches of them one each, drawn by `seed`."""
    if not count:
        return []
    drawn = random.Random(seed)
    edges = [round(place * len(points) / count) for place in range(count + 1)]
    stretches = [points[low:high] for low, high in pairwise(edges)]
    return [drawn.choice(stretch) for stretch in stretches if stretch]
