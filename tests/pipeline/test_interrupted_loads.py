"""A load that dies at any commit can be repeated, whatever it displaced, and ends the same.

A kill leaves what is on the disk at that moment: each test copies the home right after a step, lets
the load finish, and repeats it on the copy.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assets.ingest import load_plan
from assets.ingest.privacy.erase import erase_person, finish_erasure
from assets.ingest.quarantine import pending_rejected_files
from assets.resources.home import LinliHome
from assets.resources.lakehouse import undo_journal
from assets.resources.lakehouse.delta_commit import purge
from assets.resources.lakehouse.undo_journal import JOURNAL, restore_version
from assets.resources.person_search.people_lookup import load_person
from data_contracts.errors import ExportError, LinliError
from data_contracts.exports import ORDERS
from tests.lake import asking, copy_of, home_at, ingest, write_export

HEADER = ["order_id", "line_id", "ordered_at", "updated_at", "sku_id", "quantity_units",
          "unit_price_yuan", "refund_yuan"]  # fmt: skip
FIRST = [
    ["a", "1", "2026-09-01 10:00:00", "2026-09-01 11:00:00", "s1", "1", "3.33", ""],
    ["b", "1", "2026-09-01 12:00:00", "2026-09-01 13:00:00", "s1", "two", "3.33", ""],
    ["c", "1", "2026-09-02 10:00:00", "2026-09-02 11:00:00", "s2", "3", "1.50", "0.50"],
    ["d", "1", "2026-09-03 10:00:00", "2026-09-03 11:00:00", "s2", "４", "1.50", ""],
]
# what comes next, and displaces rows of FIRST
CORRECTED = [[*FIRST[0][:5], "7", "3.33", ""], FIRST[2], FIRST[3]]
NEWER = [[*FIRST[0][:3], "2026-09-05 11:00:00", "s1", "9", "3.33", ""],
         ["e", "1", "2026-09-02 10:00:00", "", "s1", "x", "1", ""]]  # fmt: skip
SCENES: dict[str, Callable[[Path], object]] = {
    "corrected": lambda exports: write_export(exports, "orders", HEADER, CORRECTED),
    "newer rows of the same keys": lambda exports: write_export(exports, "orders_2", HEADER, NEWER),
    "handed back and mended": lambda exports: _mended(exports),
}
STEPS = {
    "table": (load_plan, "commit_files", 1),
    "quarantine": (load_plan, "_commit_bookkeeping", 1),
    "repairs": (load_plan, "_commit_bookkeeping", 2),
    "ledger": (load_plan, "_commit_bookkeeping", 3),
    "hand-back": (pending_rejected_files, "write_rejected_rows", 1),
}


COMMITS = [step for step in STEPS if step != "hand-back"]


def _mended(exports: Path) -> None:
    handback = exports.parent / "home" / "quarantine" / "orders.csv_退回.csv"
    text = handback.read_text("utf-8-sig").replace("two", "2")
    (exports / handback.name).write_text(text, "utf-8")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    folder = tmp_path_factory.mktemp("loaded")
    write_export(folder / "exports", "orders", HEADER, FIRST)
    home = home_at(folder, folder / "exports")
    ingest(home)
    return home


def content(home: LinliHome) -> dict[str, Any]:
    """Every row of the tables that a load writes, and the hand-back files."""
    found: dict[str, Any] = {}
    for table in ("orders", "quarantine", "repairs", "ingest_ledger"):
        with asking(home, f"from {table}") as session:
            found[table] = sorted(map(repr, session.rows(f"from {table}")))
    for path in sorted((home.root / "quarantine").glob("*")):
        found[path.name] = path.read_bytes()
    return found


@dataclass(frozen=True)
class Interrupted:
    """A home where a load ended, and copies of it as a kill after each step would leave it."""

    whole: LinliHome
    folder: Path

    def killed(self, step: str, tmp_path: Path) -> LinliHome:
        copy = self.folder / step
        return copy_of(home_at(copy, copy / "exports"), tmp_path / "killed")


def interrupted(home: LinliHome, folder: Path) -> Interrupted:
    """Load what is new in `home`, copied to `folder` right after every step."""
    calls: Counter[str] = Counter()

    def then_copied(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            result = real(*args, **named)
            calls[name] += 1
            for step, (_, of, count) in STEPS.items():
                if (of, count) == (name, calls[name]):
                    copy_of(home, folder / step)
            return result

        return call

    with pytest.MonkeyPatch.context() as patched:
        for module, name in {(module, name) for module, name, _ in STEPS.values()}:
            patched.setattr(module, name, then_copied(name, getattr(module, name)))
        ingest(home)
    return Interrupted(home, folder)


@pytest.fixture(scope="module")
def scenes(
    loaded: LinliHome, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Interrupted]:
    @cache
    def of(scene: str) -> Interrupted:
        folder = tmp_path_factory.mktemp("scene")
        home = copy_of(loaded, folder / "whole")
        SCENES[scene](home.exports_dir)
        return interrupted(home, folder)

    return of


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("scene", SCENES)
def test_a_killed_load_is_repeated(
    scenes: Callable[[str], Interrupted], tmp_path: Path, scene: str, step: str
) -> None:
    killed = scenes(scene).killed(step, tmp_path)
    ingest(killed)
    assert content(killed) == content(scenes(scene).whole)
    assert not list(killed.lakehouse.root.glob("_journal*"))


@pytest.mark.parametrize("step", ["table", "ledger"])
def test_after_a_killed_load_another_file_may_come_instead(
    scenes: Callable[[str], Interrupted], loaded: LinliHome, tmp_path: Path, step: str
) -> None:
    """What the killed load displaced is back, although the file it loaded is gone."""
    killed = scenes("corrected").killed(step, tmp_path)
    write_export(killed.exports_dir, "orders", HEADER, FIRST)
    SCENES["newer rows of the same keys"](killed.exports_dir)
    ingest(killed)
    assert content(killed) == content(scenes("newer rows of the same keys").whole)


def test_the_first_load_of_a_home_is_repeated(loaded: LinliHome, tmp_path: Path) -> None:
    whole = home_at(tmp_path / "whole", tmp_path / "whole" / "exports")
    write_export(whole.exports_dir, "orders", HEADER, FIRST)
    first = interrupted(whole, tmp_path)
    for step in ("table", "quarantine", "ledger", "hand-back"):
        killed = first.killed(step, tmp_path / f"again after {step}")
        ingest(killed)
        assert content(killed) == content(whole) == content(loaded), step


@pytest.mark.parametrize("step", ["table", "repairs"])
def test_a_home_that_was_blocked_by_an_earlier_version_is_repaired(
    scenes: Callable[[str], Interrupted], tmp_path: Path, step: str
) -> None:
    """Earlier versions kept no journal: the table goes back to what its ledger accounts for."""
    killed = scenes("newer rows of the same keys").killed(step, tmp_path)
    (killed.lakehouse.root / JOURNAL).unlink()
    ingest(killed)
    assert content(killed) == content(scenes("newer rows of the same keys").whole)


def test_a_table_that_no_version_accounts_for_is_refused_with_the_mend(
    scenes: Callable[[str], Interrupted], tmp_path: Path
) -> None:
    killed = scenes("corrected").killed("table", tmp_path)
    (killed.lakehouse.root / JOURNAL).unlink()
    purge(killed.lakehouse.path(ORDERS))
    with pytest.raises(ExportError, match=r"not the 3 that the ledger .*Restore a backup"):
        ingest(killed)


@pytest.mark.parametrize("step", ["table", "quarantine", "repairs"])
def test_an_error_between_commits_leaves_the_home_as_it_was(
    loaded: LinliHome, tmp_path: Path, step: str
) -> None:
    home = copy_of(loaded, tmp_path)
    SCENES["corrected"](home.exports_dir)
    module, name, count = STEPS[step]
    real, calls = getattr(module, name), []

    def failing(*args: Any, **named: Any) -> Any:
        calls.append(real(*args, **named))
        if len(calls) == count:
            raise OSError(errno.ENOSPC, "No space left on device")
        return calls[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, name, failing)
        with pytest.raises(OSError, match="No space"):
            ingest(home)
    assert content(home) == content(loaded)
    assert not (home.lakehouse.root / JOURNAL).exists()


def test_going_back_can_be_cut_off_too(
    scenes: Callable[[str], Interrupted], tmp_path: Path
) -> None:
    killed, whole = scenes("corrected").killed("ledger", tmp_path), scenes("corrected").whole
    copies = []

    def then_copied(path: Path, version: int) -> None:
        restore_version(path, version)
        copies.append(copy_of(killed, tmp_path / f"again-{len(copies)}"))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(undo_journal, "restore_version", then_copied)
        ingest(killed)
    assert len(copies) == 4
    for home in copies[::2]:
        ingest(home)
        assert content(home) == content(whole)


def test_a_hand_back_that_cannot_be_written_is_caught_up_on(
    scenes: Callable[[str], Interrupted], loaded: LinliHome, tmp_path: Path
) -> None:
    home = copy_of(loaded, tmp_path)
    SCENES["newer rows of the same keys"](home.exports_dir)
    folder = home.root / "quarantine"
    folder.rename(home.root / "kept")
    folder.write_text("in the way")
    with pytest.raises(LinliError, match=r"orders_2\.csv_退回\.csv: .*fix this and run again"):
        ingest(home)
    folder.unlink()
    (home.root / "kept").rename(folder)
    ingest(home)
    assert content(home) == content(scenes("newer rows of the same keys").whole)


def test_removing_a_person_first_undoes_a_killed_load(
    scenes: Callable[[str], Interrupted], tmp_path: Path
) -> None:
    killed = scenes("corrected").killed("ledger", tmp_path)
    lakes = killed.lakes()
    erase_person(killed.root, lakes, load_person("nobody-known", "nobody-known", [killed.vault]))
    finish_erasure(lakes, "nobody-known")
    ingest(killed)
    assert content(killed) == content(scenes("corrected").whole)
