"""A run that fails at any point, or is stopped, leaves the lists marked as stale."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assets.resources.outbox import outbox
from data_contracts.lists import DAILY_LIST_NAMES
from tests.conftest import linli
from tests.lake import write_export

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]
DAY = date(2026, 9, 4)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a list of DAY, and exports of that day."""
    for name in DAILY_LIST_NAMES:
        outbox.publish(
            tmp_path / "home" / "lists" / name,
            DAY,
            {"list.csv": _write},
            {"platform": {"name": "x"}},
        )
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    return tmp_path / "home"


def _write(path: Path) -> int:
    path.write_text("a\n")
    return 1


def states(home: Path) -> list[dict]:
    return [
        json.loads((home / "lists" / name / "latest.json").read_text("utf-8"))
        for name in DAILY_LIST_NAMES
    ]


def texts(home: Path) -> set[str]:
    """What the texts beside the lists say failed."""
    said = [
        (home / "lists" / name / outbox.STATUS_TEXT).read_text("utf-8-sig")
        for name in DAILY_LIST_NAMES
    ]
    return {text.partition("运行失败（")[2].partition("）")[0] for text in said}


def _nothing(exports: Path) -> None:
    """Leave the exports as they are."""


def _no_folder(exports: Path) -> None:
    (exports / "orders.csv").unlink()
    exports.rmdir()


def _no_orders(exports: Path) -> None:
    (exports / "orders.csv").unlink()


def _broken_orders(exports: Path) -> None:
    (exports / "orders.csv").write_text("order_id\n1\n")


def _broken_platform(exports: Path) -> None:
    (exports / "platform.toml").write_bytes(b"cutoff = \xff")


@pytest.mark.parametrize(
    ("spoil", "as_of"),
    [
        (_no_folder, "2026-09-04"),
        (_no_orders, "latest"),
        (_broken_orders, "2026-09-04"),
        (_broken_platform, "2026-09-04"),
        (_nothing, "4.9.2026"),
        (_nothing, "1989-01-01"),
        (_nothing, "2026-09-10"),
    ],
)
def test_a_run_that_fails_before_its_first_step_marks_the_lists(
    home: Path, spoil: Callable[[Path], None], as_of: str
) -> None:
    exports = home.parent / "e"
    spoil(exports)
    result = linli("run", "--exports", exports, "--home", home, "--as-of", as_of)
    assert result.exit_code == 1 and "Traceback" not in result.output, result.output
    for state in states(home):
        assert state["status"] == "stale" and state["last_good"] == DAY.isoformat()
        assert state["failed_as_of"] >= DAY.isoformat()
    ((what, _, why),) = {text.partition("：") for text in texts(home)}
    assert what == "运行前检查" and why and "意外" not in why
    shown = linli("lists", "--home", home, "--lang", "zh").output
    assert f"的运行失败（运行前检查：{why}）" in shown
    shown = linli("lists", "--home", home, "--lang", "en").output
    assert "failed (the checks before it: " in shown


def test_a_wrong_setting_marks_the_lists_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_THREADS", "many")
    result = linli("run", "--exports", home.parent / "e", "--home", home, "--as-of", "2026-09-04")
    assert result.exit_code == 1 and "LINLI_THREADS" in result.output
    assert {state["status"] for state in states(home)} == {"stale"}


def test_lists_that_cannot_be_marked_do_not_hide_why_the_run_failed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outbox, "write_atomically", full)
    result = linli("run", "--exports", home.parent / "e", "--home", home, "--as-of", "2026-09-10")
    assert "the disk is full" in result.output and "the exports cover" in result.output


STOPPED = """
import sys, time
import dagster as dg
import pipelines.definitions as definitions
from pipelines.cli.app import main

@dg.op
def orders():
    print("under way", flush=True)
    time.sleep(60)

@dg.graph
def the_day():
    orders()

partitions = dg.DailyPartitionsDefinition("2026-01-01")
job = the_day.to_job(config=dg.PartitionedConfig(partitions, lambda _: {}))
definitions.build_defs = lambda settings: dg.Definitions(jobs=[job])
main()
"""


def test_a_run_stopped_by_the_system_ends_like_ctrl_c(home: Path) -> None:
    command = [sys.executable, "-c", STOPPED, "run", "--exports", home.parent / "e"]
    command += ["--home", home, "--as-of", "2026-09-04"]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert run.stdout is not None and run.stdout.readline() == "under way\n"
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 143, said
    assert "no partial results" in said and "Traceback" not in said
    assert [state["reason_code"] for state in states(home)] == ["stopped"] * len(DAILY_LIST_NAMES)
    assert texts(home) == {"运行被中止"}


def test_a_step_that_fails_is_named_with_what_it_makes(home: Path) -> None:
    failing = STOPPED.replace("time.sleep(60)", 'raise ValueError("a value of a row")')
    command = [sys.executable, "-c", failing, "run", "--exports", home.parent / "e"]
    command += ["--home", home, "--as-of", "2026-09-04"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1, run.stderr
    assert texts(home) == {"步骤 orders 订单明细：意外错误"}
    full = STOPPED.replace("time.sleep(60)", 'raise OSError(28, "No space left on device")')
    run = subprocess.run([*command[:2], full, *command[3:]], capture_output=True, check=False)
    assert texts(home) == {"步骤 orders 订单明细：磁盘已满"}
    assert "failed (step orders: the disk was full)" in linli("lists", "--home", home).output


def test_the_first_run_that_fails_says_in_lists_what_failed(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER, [["1", "1", "2026-09-04 10:00:00", "s", "1"]])
    failing = STOPPED.replace("time.sleep(60)", 'raise PermissionError(13, "Permission denied")')
    command = [sys.executable, "-c", failing, "run", "--exports", tmp_path / "e"]
    command += ["--home", tmp_path / "home", "--as-of", "2026-09-04"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1, run.stderr
    shown = linli("lists", "--home", tmp_path / "home", "--lang", "zh")
    assert shown.exit_code == 1 and "还没有发布过清单" in shown.output
    assert "尚无清单" in shown.output and "（步骤 orders 订单明细：没有读写权限）" in shown.output
