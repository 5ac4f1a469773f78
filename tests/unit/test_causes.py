"""What stopped a run is said with its mend, in both languages, and never with nothing behind the
colon."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest
import typer
from dagster._core.errors import DagsterAssetCheckFailedError

from assets.resources.lakehouse.query_errors import QueryMemoryError
from data_contracts.errors import ExportError
from pipelines.cli import language as cli_language
from pipelines.cli.console import friendly
from pipelines.failure_causes import cause_of


def os_error(number: int, path: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), path)


# as the engines say it: DuckDB, Arrow, delta-rs, SQLite
SAID = (
    (os_error(errno.ENOSPC), "disk_full"),
    (os_error(errno.EDQUOT), "disk_full"),
    (RuntimeError("IO Error: Could not write file: No space left on device"), "disk_full"),
    (RuntimeError("Generic LocalFileSystem error: … No space left on device (os error 28)"),
     "disk_full"),
    (RuntimeError("Out of Memory Error: failed to offload data block of size 32.0 KiB "
                  "(5.0 GiB/5.0 GiB used). This limit was set by the 'max_temp_directory_size'"),
     "disk_full"),
    (RuntimeError("(sqlite3.OperationalError) database or disk is full"), "disk_full"),
    (RuntimeError("(sqlite3.OperationalError) disk I/O error"), "disk_error"),
    (RuntimeError("(sqlite3.OperationalError) unable to open database file"), "permission"),
    (os_error(errno.EROFS, "/home/x"), "read_only"),
    (os_error(errno.EACCES, "/home/x"), "permission"),
    (RuntimeError("Permission denied (os error 13)"), "permission"),
    (RuntimeError("attempt to write a readonly database"), "permission"),
    (MemoryError(), "memory"),
    (QueryMemoryError("Out of Memory Error: could not allocate block of size 256.0 KiB"), "memory"),
    (pa.ArrowMemoryError("malloc of size 64 failed"), "memory"),
    (RuntimeError("std::bad_alloc"), "memory"),
    (RuntimeError("Transaction failed: a concurrent transaction deleted the same data"),
     "conflict"),
    (os_error(errno.EMFILE), "open_files"),
    (os_error(errno.EIO), "disk_error"),
    (RuntimeError("(sqlite3.OperationalError) database is locked"), "store_busy"),
    (subprocess.CalledProcessError(-9, ["python"]), "killed"),
)  # fmt: skip


@pytest.mark.parametrize(("error", "code"), SAID, ids=lambda item: str(item)[:40])
def test_what_the_machine_refuses_is_told_with_its_mend(
    error: Exception, code: str, tmp_path: Path
) -> None:
    found = cause_of(_within_a_step(error), tmp_path)
    assert found.code == code and found.is_of_machine
    assert "run" in found.en and found.en.startswith("step demand_day: ")
    assert found.zh.startswith("步骤 demand_day：") and "；" in found.zh


@pytest.mark.parametrize("text", ["disk I/O error", "unable to open database file"])
def test_a_store_without_room_is_a_full_disk(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=3 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    found = cause_of(RuntimeError(f"(sqlite3.OperationalError) {text}"), tmp_path / "home")
    assert found.code == "disk_full" and "3 MiB" in found.zh


class StepError(Exception):
    """As Dagster wraps what a step raised: with the step's key, and a text of its own or none."""

    step_key = "demand_day"


def _within_a_step(error: BaseException) -> BaseException:
    wrapped = StepError("Error occurred while executing op")
    wrapped.__cause__ = error
    return wrapped


@pytest.mark.parametrize(
    "error", [KeyError(), AssertionError(), RuntimeError("\n \n"), ValueError()]
)
def test_an_error_without_a_text_is_named(error: Exception) -> None:
    found = cause_of(error)
    assert type(error).__name__ in found.en and not found.en.rstrip().endswith(":")
    assert "没有说明" in found.zh


@pytest.mark.parametrize("error", [AssertionError(), KeyError(), ValueError("\n \nwrong")])
def test_a_step_that_fails_says_why_and_not_that_it_failed(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    """As Dagster raises it around what the step raised, a text of its own or none."""

    @dg.asset
    def broken() -> None:
        raise error

    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with pytest.raises(typer.Exit), friendly(debug=False):
        dg.materialize([broken], run_config=quiet)
    english, chinese = capsys.readouterr().err.strip().splitlines()
    assert english.startswith("error step broken: ") and chinese.startswith("步骤 broken：")
    for line in (english, chinese):
        assert "Dagster" not in line and "executing op" not in line
        assert "wrong" in line or f"{type(error).__name__}" in line
    assert "wrong" in english or "test_causes.py:" in english


def test_what_a_user_can_mend_is_said_as_it_is() -> None:
    refused = ExportError("orders.csv: the file is empty", "orders.csv：文件是空的")
    refused.__cause__ = os_error(errno.ENOSPC)
    found = cause_of(_within_a_step(refused))
    assert found.en.endswith("orders.csv: the file is empty") and not found.is_of_machine
    assert found.zh.endswith("orders.csv：文件是空的")


@pytest.mark.parametrize(("language", "first"), [("en", "error the disk"), ("zh", "错误 磁盘已满")])
def test_both_languages_are_printed(
    language: str, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cli_language.set_language(language)
    try:
        with pytest.raises(typer.Exit), friendly(debug=False):
            raise os_error(errno.ENOSPC)
    finally:
        cli_language.set_language(None)
    said = capsys.readouterr().err
    assert said.startswith(first) and "磁盘已满" in said and "the disk is full" in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_work_as_ctrl_c_does(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    cleaned = []
    with pytest.raises(typer.Exit) as ended, friendly(debug=False):
        try:
            signal.raise_signal(number)
        finally:
            cleaned.append(True)
    assert ended.value.exit_code == code and cleaned
    assert "no partial results" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == before


def test_failed_checks_are_named_with_their_tables() -> None:
    """As Dagster raises it when a blocking check fails."""
    error = DagsterAssetCheckFailedError(
        "2 blocking asset checks failed with ERROR severity:\nstock: table__schema\norders: key"
    )
    cause = cause_of(error)
    assert cause.code == "checks_failed"
    for text in (cause.en, cause.zh):
        assert "stock: table__schema; orders: key" in text and "checks.html" in text
