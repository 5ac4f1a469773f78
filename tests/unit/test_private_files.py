"""Files for their owner alone, and folders that a killed process leaves to be swept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assets.resources.files import private_files
from assets.resources.files.private_files import (
    private_writer,
    put_new,
    scratch_folder,
    sweep_unfinished,
    unfinished_path,
)
from assets.resources.lakehouse.lakehouse import Lakehouse
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
        unfinished_path(tmp_path / "a").write_text("left by a killed process")
    put_new(tmp_path / "a", b"whole")
    with pytest.raises(FileExistsError):
        put_new(tmp_path / "a", b"another")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"whole" and mode(tmp_path / "a") == 0o600


def test_what_is_not_finished_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("before")
    with pytest.raises(ValueError), private_writer(path) as stream:
        stream.write(b"half")
        raise ValueError
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"] and path.read_text() == "before"
    unfinished_path(path).write_text("half, and killed")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".b.csv.{gone.pid}").write_text("half, and killed")
    sweep_unfinished(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    with private_writer(path) as stream:
        stream.write(b"whole")
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"] and mode(path) == 0o600


def test_whoever_takes_the_lock_sweeps_what_killed_processes_left(tmp_path: Path) -> None:
    scratch = tmp_path / ".scratch"
    lake = Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=scratch)
    for name in ("ingest-orders", "own-1-dead"):
        (scratch / name).mkdir(parents=True)
        (scratch / name / "rows.parquet").write_text("rows as they stood")
    (scratch / "duckdb_temp_storage-0.tmp").write_text("spilled by an earlier version")
    with scratch_folder(scratch) as alive:
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


DYING = """
import os, signal
from pathlib import Path
from assets.resources.files.private_files import scratch_folder
with scratch_folder(Path({scratch!r})) as folder:
    (folder / "rows.parquet").write_text("rows as they stood")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_whoever_works_next_removes_the_folder_that_a_killed_process_left(tmp_path: Path) -> None:
    scratch = tmp_path / ".scratch"
    killed = subprocess.run([sys.executable, "-c", DYING.format(scratch=str(scratch))])
    assert killed.returncode == -9 and len(list(scratch.iterdir())) == 1
    (scratch / "own-1-empty").mkdir()
    (scratch / "ingest-orders").mkdir()  # somebody's who holds the lock of the lake
    with scratch_folder(scratch) as mine, scratch_folder(scratch) as another:
        assert {path.name for path in scratch.iterdir()} == {
            mine.name, another.name, "ingest-orders",
        }  # fmt: skip
    assert [path.name for path in scratch.iterdir()] == ["ingest-orders"]


def test_a_folder_just_made_is_never_taken_for_one_left_behind(tmp_path: Path) -> None:
    """Between making and locking it another may look at it."""
    scratch = tmp_path / ".scratch"

    def work(number: int) -> bool:
        for _ in range(100):
            with scratch_folder(scratch) as folder:
                (folder / "rows").write_text("rows")
                if not (folder / "rows").is_file():
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert not list(scratch.iterdir())


def test_a_query_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    scratch = tmp_path / ".scratch"
    lake = Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=scratch)
    (scratch / "own-1-dead").mkdir(parents=True)
    with lake.session() as session:
        assert session.scalar("select 1") == 1
    assert not list(scratch.iterdir())


def test_a_database_that_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    place, target = tmp_path / "lake" / "a", tmp_path / "linli.duckdb"
    lake = Lakehouse(place, threads=1, memory_limit="1GB", scratch=tmp_path / "lake" / ".scratch")
    (target / "in the way").mkdir(parents=True)
    (tmp_path / f".linli.duckdb.{os.getpid()}.wal").touch()  # of a database that was not closed
    with pytest.raises(OSError, match=r"linli\.duckdb"):
        lake.publish(target)
    assert [path.name for path in tmp_path.glob("*linli.duckdb*")] == ["linli.duckdb"]
    (target / "in the way").rmdir()
    target.rmdir()
    lake.publish(target)
    assert [path.name for path in tmp_path.glob("*linli.duckdb*")] == ["linli.duckdb"]
