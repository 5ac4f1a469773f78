"""The outbox: whole lists or none, whatever happens to the process that writes them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assets.resources.outbox import outbox
from data_contracts.messages import Bilingual

DAY = date(2026, 10, 31)
EARLIER = date(2026, 10, 30)


def writer(text: str, rows: int = 1) -> Callable[[Path], int]:
    def write(path: Path) -> int:
        path.write_text(text, "utf-8")
        return rows

    return write


def put(folder: Path, as_of: date, text: str) -> outbox.Published:
    return outbox.publish(
        folder, as_of, {"a.csv": writer(text, 3), "b.csv": writer(text * 2)}, {"list": "x"}
    )


def test_a_list_comes_with_a_manifest_that_proves_it(tmp_path: Path) -> None:
    put(tmp_path, DAY, "content")
    folder = tmp_path / "2026-10-31"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv", "manifest.json"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["as_of"] == "2026-10-31"
    assert manifest["list"] == "x"
    assert manifest["files"]["a.csv"] == {
        "sha256": "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
        "bytes": 7,
        "rows": 3,
    }
    assert outbox.problems(folder) == []


def test_publishing_again_replaces_the_list_and_a_reader_in_the_middle_finishes(
    tmp_path: Path,
) -> None:
    put(tmp_path, DAY, "first")
    reading = outbox.current(tmp_path, DAY)
    put(tmp_path, DAY, "second")
    assert reading is not None
    assert (reading / "a.csv").read_text() == "first"
    assert outbox.problems(reading) == []
    assert (tmp_path / "2026-10-31" / "a.csv").read_text() == "second"


def test_only_the_live_version_and_the_one_before_are_kept(tmp_path: Path) -> None:
    for text in ("first", "second", "third"):
        put(tmp_path, DAY, text)
    put(tmp_path, EARLIER, "other day")
    kept = {(path / "a.csv").read_text() for path in (tmp_path / ".versions").iterdir()}
    assert kept == {"second", "third", "other day"}


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    assert put(tmp_path, DAY, "same").version == put(tmp_path, DAY, "same").version
    assert len(list((tmp_path / ".versions").iterdir())) == 1


def test_a_writer_that_fails_leaves_the_last_list_and_nothing_half_done(tmp_path: Path) -> None:
    put(tmp_path, DAY, "good")

    def fail(path: Path) -> int:
        path.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        outbox.publish(tmp_path, DAY, {"a.csv": writer("new"), "b.csv": fail}, {})
    assert (tmp_path / "2026-10-31" / "a.csv").read_text() == "good"
    assert [path.name for path in (tmp_path / ".versions").glob(".*")] == []


def test_a_writer_that_leaves_a_stranger_behind_is_refused(tmp_path: Path) -> None:
    def messy(path: Path) -> int:
        path.write_text("x")
        path.with_name("scratch.tmp").write_text("y")
        return 1

    with pytest.raises(outbox.OutboxError, match=r"scratch\.tmp is not in the manifest"):
        outbox.publish(tmp_path, DAY, {"a.csv": messy}, {})
    assert not (tmp_path / "2026-10-31").exists()


def test_a_changed_or_missing_file_is_noticed(tmp_path: Path) -> None:
    version = put(tmp_path, DAY, "content").version
    (version / "a.csv").write_text("edited")
    (version / "b.csv").unlink()
    assert outbox.problems(version) == [
        "b.csv is missing",
        "a.csv was changed since it was published",
    ]


def test_a_damaged_version_is_not_taken_for_the_same_content(tmp_path: Path) -> None:
    damaged = put(tmp_path, DAY, "content").version
    (damaged / "a.csv").write_text("edited")
    put(tmp_path, DAY, "content")
    assert outbox.problems(tmp_path / "2026-10-31") == []


def test_a_folder_copied_back_by_hand_is_set_aside_not_deleted(tmp_path: Path) -> None:
    by_hand = tmp_path / "2026-10-31"
    by_hand.mkdir(parents=True)
    (by_hand / "a.csv").write_text("restored from a backup")
    put(tmp_path, DAY, "content")
    assert (by_hand / "a.csv").read_text() == "content"
    found = tmp_path / ".versions" / "found-2026-10-31" / "a.csv"
    assert found.read_text() == "restored from a backup"


def test_a_failed_run_leaves_the_last_good_list_marked_with_its_date(tmp_path: Path) -> None:
    put(tmp_path, EARLIER, "good")
    failed_at, reason = (
        Bilingual("step orders", "步骤 orders"),
        Bilingual("the disk was full", "磁盘已满"),
    )
    outbox.mark_failed(tmp_path, DAY, "run_failed", failed_at, reason)
    latest = json.loads((tmp_path / "latest.json").read_text("utf-8"))
    assert latest == {
        "status": "stale",
        "last_good": "2026-10-30",
        "failed_as_of": "2026-10-31",
        "reason_code": "run_failed",
        "failed_at": "step orders",
        "failed_at_zh": "步骤 orders",
        "reason": "the disk was full",
        "reason_zh": "磁盘已满",
    }
    sentence = (tmp_path / "清单状态.txt").read_text("utf-8-sig")
    assert "2026-10-30" in sentence and "失败（步骤 orders：磁盘已满）" in sentence
    assert "run_failed" not in sentence, "a code is for programs"
    put(tmp_path, DAY, "mended")
    assert outbox.state(tmp_path).status == "published"


@pytest.mark.parametrize("day", [EARLIER, DAY])
def test_a_list_published_again_stays_as_stale_as_it_was(tmp_path: Path, day: date) -> None:
    for each in (EARLIER, DAY):
        put(tmp_path, each, "with somebody")
    fresh = outbox.state(tmp_path)
    again = {"files": {"a.csv": writer("without")}, "facts": {}}
    outbox.publish(tmp_path, day, **again, is_new=False)
    assert outbox.state(tmp_path) == fresh
    outbox.mark_failed(tmp_path, DAY, "no_data", Bilingual("the checks before it", "运行前检查"))
    stale, sentence = outbox.state(tmp_path), (tmp_path / "清单状态.txt").read_text("utf-8-sig")
    outbox.publish(tmp_path, day, **again, is_new=False)
    assert outbox.state(tmp_path) == stale and stale.status == "stale"
    assert (tmp_path / "清单状态.txt").read_text("utf-8-sig") == sentence
    outbox.publish(tmp_path, DAY, **again)
    assert outbox.state(tmp_path).status == "published"


def test_the_note_of_an_earlier_version_is_told_without_its_code(tmp_path: Path) -> None:
    put(tmp_path, EARLIER, "good")
    noted = {"failed_as_of": "2026-10-31", "reason_code": "linli"}
    (tmp_path / "latest.json").write_text(json.dumps(noted), "utf-8")
    outbox.drop_versions(tmp_path, lambda _: False)
    outbox.mark_failed(
        tmp_path, EARLIER, "other", Bilingual("step orders", "步骤 orders")
    )  # a backfill: rewrites the text
    sentence = (tmp_path / "清单状态.txt").read_text("utf-8-sig")
    assert "截至 2026-10-31 的运行失败，" in sentence and "linli" not in sentence


@pytest.mark.parametrize(
    ("published", "failed", "status", "last_good"),
    [
        ([], ["2026-10-31"], "nothing_published", None),
        (["2026-10-31"], [], "published", "2026-10-31"),
        (["2026-10-31"], ["2026-10-31"], "stale", "2026-10-31"),
        (["2026-10-31"], ["2026-10-05"], "published", "2026-10-31"),
        (["2026-10-30"], ["2026-10-31", "2026-10-05"], "stale", "2026-10-30"),
        (["2026-10-31", "2026-10-05"], [], "published", "2026-10-31"),
    ],
    ids=[
        "nothing ever published",
        "plain",
        "the day was published, its re-run failed",
        "a backfill of an old day failed",
        "a failed backfill does not hide the failure of today",
        "a backfill does not become the latest",
    ],
)
def test_status(
    tmp_path: Path, published: list[str], failed: list[str], status: str, last_good: str | None
) -> None:
    for day in published:
        put(tmp_path, date.fromisoformat(day), day)
    for day in failed:
        outbox.mark_failed(tmp_path, date.fromisoformat(day), "run_failed")
    found = outbox.state(tmp_path)
    assert (found.status, found.last_good) == (status, last_good)


PUBLISHER = """
import sys, itertools
from datetime import date
from pathlib import Path
from assets.resources.outbox import outbox

def writer(text):
    def write(path):
        with path.open("w") as file:
            for _ in range(40):
                file.write(text * 500)
                file.flush()
        return 40
    return write

for number in itertools.count():
    text = f"{sys.argv[2]}-{number};"
    files = {name: writer(text) for name in ("a.csv", "b.xlsx", "c.parquet")}
    outbox.publish(Path(sys.argv[1]), date(2026, 10, 31), files, {"run": text})
    print(number, flush=True)
"""


def test_kill_9_in_the_middle_of_publishing_never_shows_half_a_list(tmp_path: Path) -> None:
    """25 publishers are killed at a random moment; a reader looks all the while."""
    put(tmp_path, DAY, "before")
    chance = random.Random(0)
    cut_short = looked = 0
    for attempt in range(25):
        child = subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(tmp_path), str(attempt)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert child.stdout is not None
        assert child.stdout.readline()  # it is at work
        began = time.monotonic()
        assert child.stdout.readline()
        pace_seconds = time.monotonic() - began  # what one list takes, however busy the machine
        until = time.monotonic() + chance.uniform(0.0, 2.0) * pace_seconds
        while time.monotonic() < until:
            look(tmp_path)
            looked += 1
        child.send_signal(signal.SIGKILL)
        child.wait()
        cut_short += any((tmp_path / ".versions").glob(".*"))
        assert outbox.problems(tmp_path / "2026-10-31") == []
    assert cut_short > 0 and looked > 25
    put(tmp_path, DAY, "after")
    leftovers = [path.name for path in (tmp_path / ".versions").glob(".*")]
    assert leftovers == []


def look(folder: Path) -> None:
    version = outbox.current(folder, DAY)
    assert version is not None, "the list of the day is gone"
    wrong = outbox.problems(version)
    # Two publications may pass while one version is read; then that version is gone as a whole.
    assert wrong == [] or outbox.current(folder, DAY) != version, wrong


def test_two_publishers_at_once_take_turns(tmp_path: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(tmp_path), name],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        for name in ("one", "two")
    ]
    for child in children:
        assert child.stdout is not None
        for _ in range(5):
            assert child.stdout.readline(), "a publisher died"
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()
    look(tmp_path)


def test_a_single_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "card.json"
    outbox.write_atomically(path, b"one")
    outbox.write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [found.name for found in path.parent.iterdir()] == ["card.json"]


def test_a_state_cut_off_between_its_files_is_told_when_versions_are_dropped(
    tmp_path: Path,
) -> None:
    put(tmp_path, DAY, "content")
    told = (tmp_path / outbox.STATUS_TEXT).read_bytes()
    (tmp_path / outbox.STATUS_TEXT).write_text("as it was before", "utf-8")
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    half = tmp_path / f".{outbox.STATUS_TEXT}.{int(gone.stdout)}"
    half.write_bytes(told[:9])
    assert outbox.drop_versions(tmp_path, lambda version: False) == []
    assert (tmp_path / outbox.STATUS_TEXT).read_bytes() == told
    assert not half.exists()
