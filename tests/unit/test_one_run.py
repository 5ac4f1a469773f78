"""One run at a time in a home: the second waits and says for whom; the dead hold nothing."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from assets.framework.home_resource import HomeResource
from assets.resources.home import LinliHome
from assets.resources.home_folder import run_lock as module
from assets.resources.home_folder.run_lock import LOCK, current_holder, is_free, one_run
from data_contracts.errors import LinliError
from tests.conftest import linli
from tests.events import materialize


@contextmanager
def held_by_another(home: Path, monkeypatch: pytest.MonkeyPatch, looks: int) -> Iterator[None]:
    """Another process holds the lock until somebody looked `looks` times."""
    home.mkdir(exist_ok=True)
    with (home / LOCK).open("w+") as lock, monkeypatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        json.dump({"pid": 4711, "command": "linli run", "day": "2026-10-31"}, lock)
        lock.flush()
        left = [looks]

        def look(_: float) -> None:
            left[0] -= 1
            if not left[0]:
                fcntl.flock(lock, fcntl.LOCK_UN)

        patch.setattr(module.time, "sleep", look)
        yield
        assert left[0] <= 0, "nobody waited"


def test_the_second_waits_and_says_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with (
        held_by_another(tmp_path, monkeypatch, 3),
        one_run(tmp_path, "linli run", "2026-11-01", report=said.append),
    ):
        holder = current_holder(tmp_path)
        assert holder is not None and (holder.pid, holder.day) == (os.getpid(), "2026-11-01")
        with one_run(tmp_path, "a job of it", report=said.append):
            assert current_holder(tmp_path) == holder, "its own job does not wait"
        assert current_holder(tmp_path) == holder
    english, chinese = said
    assert english.startswith("waiting for linli run of 2026-10-31 (process 4711), under way since")
    assert "linli run（2026-10-31），进程 4711，自 20" in chinese
    assert current_holder(tmp_path) is None
    assert stat.S_IMODE((tmp_path / LOCK).stat().st_mode) & 0o700 == 0o600


def test_whoever_waits_long_says_so_again_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with held_by_another(tmp_path, monkeypatch, 500), one_run(tmp_path, "x", report=said.append):
        pass
    assert len(said) == 2 * 3  # at once and after each of two minutes


HOLDER = """
import sys
from pathlib import Path
from assets.resources.home_folder.run_lock import one_run
with one_run(Path(sys.argv[1]), "linli run", "2026-10-31", report=print):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    holder = current_holder(tmp_path)
    assert holder is not None and holder.pid == other.pid
    assert not is_free(tmp_path) and is_free(tmp_path / "elsewhere")
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert is_free(tmp_path)
    said: list[str] = []
    with one_run(tmp_path, "linli run", report=said.append):
        assert said == []


def test_a_job_of_dagster_waits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = HomeResource(home=str(tmp_path), exports=str(tmp_path / "inbox"))
    days = dg.StaticPartitionsDefinition(["2026-11-01"])

    @dg.asset(partitions_def=days)
    def looking(linli: dg.ResourceParam[LinliHome]) -> str:
        holder = current_holder(linli.root)
        return f"{holder.command} {holder.day}" if holder is not None else ""

    with held_by_another(tmp_path, monkeypatch, 2):
        done = materialize([looking], partition_key="2026-11-01", resources={"linli": home})
    assert done.output_for_node("looking").startswith("Dagster ")
    assert done.output_for_node("looking").endswith(" 2026-11-01")
    assert current_holder(tmp_path) is None


def test_commands_that_write_wait_and_those_that_read_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: list[tuple[object, ...]] = [
        ("models", "promote", "demand", "2026-10-24"),
        ("models", "rollback", "demand"),
        ("deliver", "--out", tmp_path / "x.csv"),
        ("forget", "U1", "--yes"),
    ]
    for command in writing:
        with held_by_another(tmp_path, monkeypatch, 1):
            said = linli(*command, "--home", tmp_path).output
        assert "waiting for linli run of 2026-10-31 (process 4711)" in said, command
    for reading in (("lists",), ("models", "list")):
        with (
            pytest.raises(AssertionError, match="nobody waited"),
            held_by_another(tmp_path, monkeypatch, 1),
        ):
            assert "waiting" not in linli(*reading, "--home", tmp_path).output


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", "utf-8")
    with (
        pytest.raises(LinliError, match="home: cannot be written"),
        one_run(tmp_path / "home", "linli run", report=print),
    ):
        raise AssertionError("held")
