"""Index which days hold a key: sorted runs of key hashes with their days, one folder per table.

The index saves a load from reading every key ever loaded: only the keys of the new rows are looked
up. It may name a day that no longer holds a key (one needless read), but never misses a day that
does. It is derived data: when its stamp is not that of the table, it is rebuilt from the table.

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

from assets.resources.files.atomic_file import write_atomically
from assets.resources.lakehouse.lakehouse import engine_version

_STAMP = "stamp.json"
_FANOUT = 8
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class KeyRun:
    """Sorted hashes (uint64) and the day number of each (int32, days since 1970-01-01)."""

    hashes: np.ndarray
    days: np.ndarray

    @classmethod
    def of(cls, hashes: np.ndarray, days: np.ndarray) -> KeyRun:
        """Return a run of these hashes, sorted."""
        order = np.argsort(hashes, kind="stable")
        return cls(hashes[order], days[order])


class KeyIndex:
    """Key index in `folder`, valid for the table version named by its stamp."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_current(self, stamp: str) -> bool:
        """Return whether the index describes the table version named by `stamp`."""
        return self._read().get("stamp") == stamp

    def find(self, hashes: np.ndarray) -> tuple[np.ndarray, list[date]]:
        """Return those of `hashes` (uint64) that may be stored already, and the days that may hold
        them."""
        wanted = np.unique(hashes)
        hits, days = [], []
        for name in self._read().get("runs", []):
            run = self._run(name)
            if not len(run.hashes):
                continue
            first = np.searchsorted(run.hashes, wanted, side="left")
            last = np.searchsorted(run.hashes, wanted, side="right")
            hit = last > first
            if hit.any():
                hits.append(wanted[hit])
                positions = np.concatenate(
                    [np.arange(a, b) for a, b in zip(first[hit], last[hit], strict=True)]
                )
                days.append(np.unique(run.days[positions]))
        if not hits:
            return np.empty(0, np.uint64), []
        numbers = np.unique(np.concatenate(days)).tolist()
        return np.unique(np.concatenate(hits)), [_EPOCH + timedelta(int(n)) for n in numbers]

    def add(self, run: KeyRun, stamp: str) -> None:
        """Add the keys of a load and set the stamp."""
        state = self._read()
        names = list(state.get("runs", []))
        sizes = {name: len(self._run(name).hashes) for name in names}
        merged, gone = run, []
        for name in reversed(names):  # the newest run is the smallest
            if sizes[name] > _FANOUT * len(merged.hashes):
                break
            older = self._run(name)
            merged = KeyRun.of(
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
        """Delete the index; the next `add` starts a new one."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, name: str) -> KeyRun:
        return KeyRun(
            np.load(self._folder / f"{name}-hashes.npy", mmap_mode="r"),
            np.load(self._folder / f"{name}-days.npy", mmap_mode="r"),
        )

    def _read(self) -> dict:
        path = self._folder / _STAMP
        return json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def _write(self, state: dict) -> None:
        write_atomically(self._folder / _STAMP, json.dumps(state).encode())


def index_stamp(version: int) -> str:
    """Return the stamp of a key index that describes `version` of the table."""
    # the engine's hash may change with its version
    return f"{version} {engine_version()}"
