"""Files for their owner alone, and folders that a killed process leaves to be swept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.resources import private_files
from assets.resources.lakehouse import Lakehouse
from assets.resources.private_files import (
    own_folder,
    put_new,
    sweep_unfinished,
    unfinished,
    written,
)
from tests.conftest import linli


@pytest.fixture(autouse=True)
def _everybody_may_read() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("is_nameless", [True, False])
def test_a_new_file_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_nameless: bool
) -> None:
    if not is_nameless:
        monkeypatch.setattr(private_files, "_put_nameless", lambda path, content: False)
        unfinished(tmp_path / "a").write_text("left by a killed process")
    put_new(tmp_path / "a", b"whole")
    with pytest.raises(FileExistsError):
        put_new(tmp_path / "a", b"another")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"whole" and mode(tmp_path / "a") == 0o600


def test_what_is_not_finished_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    with pytest.raises(ValueError), written(path) as stream:
        stream.write(b"half")
        raise ValueError
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"] and path.read_text() == "before"
    unfinished(path).write_text("half, and killed")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".b.csv.{gone.pid}").write_text("half, and killed")
    sweep_unfinished(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    with written(path) as stream:
        stream.write(b"whole")
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"] and mode(path) == 0o600


def test_whoever_takes_the_lock_sweeps_what_killed_processes_left(tmp_path: Path) -> None:
    scratch = tmp_path / ".scratch"
    lake = Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=scratch)
    for name in ("ingest-orders", "own-1-dead"):
        (scratch / name).mkdir(parents=True)
        (scratch / name / "rows.parquet").write_text("rows as they stood")
    (scratch / "duckdb_temp_storage-0.tmp").write_text("spilled by an earlier version")
    with own_folder(scratch) as alive:
        assert mode(scratch) == mode(alive) == 0o700
        with lake.exclusive():
            assert [path.name for path in scratch.iterdir()] == [alive.name]
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(("folder", "is_private"), [("home/inbox", True), ("elsewhere", False)])
def test_exports_made_within_the_home_are_for_their_owner_too(
    tmp_path: Path, folder: str, is_private: bool
) -> None:
    size = ("--days", 30, "--users", 10, "--communities", 1, "--skus", 20)
    made = linli("sample", *size, "--home", tmp_path / "home", "--out", tmp_path / folder)
    assert made.exit_code == 0, made.output
    assert (mode(tmp_path / folder / "orders.csv") == 0o600) is is_private
