"""Where a key stands: sorted runs of key hashes with the day that holds them, one folder per table.

It spares a load the reading of every key ever loaded: a new day asks for its own keys only. The
index may name a day that no longer holds a key (a needless look), never miss one that does. It is
derived: whenever its stamp is not that of the table it is made anew from the table.

Runs are merged when one is not much larger than the next (a log-structured merge, O'Neil et al.
1996), so that a key is rewritten about log8(days) times.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from assets.resources.atomic_file import write_atomically

_STAMP = "stamp.json"
_FANOUT = 8
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Run:
    """Sorted hashes (uint64) and the day number of each (int32, days since 1970-01-01)."""

    hashes: np.ndarray
    days: np.ndarray

    @classmethod
    def of(cls, hashes: np.ndarray, days: np.ndarray) -> Run:
        order = np.argsort(hashes, kind="stable")
        return cls(hashes[order], days[order])


class KeyIndex:
    """The index in `folder`, valid while `stamp` is the one it was last written with."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stands_at(self, stamp: str) -> bool:
        """Whether the index describes the table in the state named `stamp`."""
        return self._read().get("stamp") == stamp

    def find(self, hashes: np.ndarray) -> tuple[np.ndarray, list[date]]:
        """Which of `hashes` (uint64) may stand already, and the days that may hold them."""
        wanted = np.unique(hashes)
        found, days = [], []
        for name in self._read().get("runs", []):
            run = self._run(name)
            if not len(run.hashes):
                continue
            first = np.searchsorted(run.hashes, wanted, side="left")
            last = np.searchsorted(run.hashes, wanted, side="right")
            hit = last > first
            if hit.any():
                found.append(wanted[hit])
                places = np.concatenate(
                    [np.arange(a, b) for a, b in zip(first[hit], last[hit], strict=True)]
                )
                days.append(np.unique(run.days[places]))
        if not found:
            return np.empty(0, np.uint64), []
        numbers = np.unique(np.concatenate(days)).tolist()
        return np.unique(np.concatenate(found)), [_EPOCH + timedelta(int(n)) for n in numbers]

    def add(self, run: Run, stamp: str) -> None:
        """Add the keys of a load and state that the index now describes `stamp`."""
        state = self._read()
        names = list(state.get("runs", []))
        sizes = {name: len(self._run(name).hashes) for name in names}
        merged, gone = run, []
        for name in reversed(names):  # newest, and so smallest, first
            if sizes[name] > _FANOUT * len(merged.hashes):
                break
            older = self._run(name)
            merged = Run.of(
                np.concatenate([older.hashes, merged.hashes]),
                np.concatenate([older.days, merged.days]),
            )
            gone.append(name)
        kept = [name for name in names if name not in gone]
        number = state.get("next", 0)
        name = f"run-{number:06d}"
        self._folder.mkdir(parents=True, exist_ok=True)
        np.save(self._folder / f"{name}-hashes.npy", merged.hashes.astype(np.uint64))
        np.save(self._folder / f"{name}-days.npy", merged.days.astype(np.int32))
        self._write({"stamp": stamp, "runs": [*kept, name], "next": number + 1})
        for old in gone:
            for part in ("hashes", "days"):
                (self._folder / f"{old}-{part}.npy").unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget everything; the next `add` starts anew."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str) -> Run:
        return Run(
            np.load(self._folder / f"{name}-hashes.npy", mmap_mode="r"),
            np.load(self._folder / f"{name}-days.npy", mmap_mode="r"),
        )

    def _read(self) -> dict:
        path = self._folder / _STAMP
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def _write(self, state: dict) -> None:
        write_atomically(self._folder / _STAMP, json.dumps(state).encode())
