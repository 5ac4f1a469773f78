"""Which model serves which day: the log beside the models."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from models.registry.artifacts import Artifact, add_to_log, log_lines, save_artifact
from models.registry.champion_log import (
    LOG,
    ChampionEntry,
    NoEarlierModelError,
    champion_entries,
    champion_entry,
    champion_model,
    last_good_model,
    log_champion,
    roll_back,
)

DAY = date(2026, 9, 7)


def entry(since: int, name: str, reason: str = "x") -> ChampionEntry:
    return ChampionEntry(date(2026, 9, since), date(2026, 9, since), name, reason)


def test_a_day_is_served_by_who_began_last_on_or_before_it(tmp_path: Path) -> None:
    """Written out of order, as a backfill does."""
    for since, name in ((7, "a"), (21, "c"), (14, "b")):
        log_champion(tmp_path, "demand", entry(since, name))
    found = {
        day: getattr(champion_entry(tmp_path, "demand", date(2026, 9, day)), "version", None)
        for day in (6, 7, 13, 14, 20, 21, 30)
    }
    assert found == {6: None, 7: "a", 13: "a", 14: "b", 20: "b", 21: "c", 30: "c"}
    assert champion_entry(tmp_path, "churn", DAY) is None


def test_of_entries_of_one_day_the_last_written_holds(tmp_path: Path) -> None:
    for name in ("a", "b"):
        log_champion(tmp_path, "demand", entry(7, name))
    found = champion_entry(tmp_path, "demand", DAY)
    assert found is not None and found.version == "b"
    assert [one.version for one in champion_entries(tmp_path, "demand")] == ["a", "b"]


def test_a_day_run_again_writes_no_second_line(tmp_path: Path) -> None:
    for since, name in ((7, "a"), (14, "b"), (7, "a"), (14, "b")):
        log_champion(tmp_path, "demand", entry(since, name))
    assert [one.version for one in champion_entries(tmp_path, "demand")] == ["a", "b"]
    for name in ("c", "a", "a"):  # what was chosen again since is written again, and once
        log_champion(tmp_path, "demand", entry(7, name))
    assert [one.version for one in champion_entries(tmp_path, "demand")] == ["a", "b", "c", "a"]


def test_rolling_back_serves_who_served_before_and_again_who_came_after(tmp_path: Path) -> None:
    for since, name in ((7, "a"), (14, "b"), (21, "b")):  # b stayed on the 21st
        log_champion(tmp_path, "demand", entry(since, name, reason="说明"))
    back = roll_back(tmp_path, "demand")
    assert (back.version, back.since, back.trained_as_of) == ("a", date(2026, 9, 21), DAY)
    found = champion_entry(tmp_path, "demand", date(2026, 9, 30))
    assert found == back and back.reason == "rolled back from b"
    assert roll_back(tmp_path, "demand").version == "b"
    before = champion_entry(tmp_path, "demand", date(2026, 9, 15))
    assert before is not None and before.version == "b"  # days past keep what they had


def test_rolling_back_takes_the_day_that_began_last_and_of_one_day_the_last_written(
    tmp_path: Path,
) -> None:
    """Written out of order, as a backfill does: `d` began before `b` and `c`."""
    for since, name in ((14, "b"), (14, "c"), (7, "d"), (21, "e")):
        log_champion(tmp_path, "demand", entry(since, name))
    back = roll_back(tmp_path, "demand")
    assert (back.version, back.since.day, back.trained_as_of.day) == ("c", 21, 14)
    assert back.is_last_good is False
    assert len(champion_entries(tmp_path, "demand")) == 5  # the new one is written


def test_the_entry_of_a_model_that_cannot_be_read_or_does_not_match_serves_nothing(
    tmp_path: Path,
) -> None:
    log: list[str] = []
    assert champion_model(tmp_path, "demand", DAY, {}, log.append) is None
    stored(tmp_path, 7)
    found = champion_model(tmp_path, "demand", DAY, {"features": "a"}, log.append)
    assert found is not None and found[0].since == DAY and found[1].trained_as_of == DAY
    assert log == []  # nothing is said of lines that can be read
    assert champion_model(tmp_path, "demand", DAY, {"features": "b"}, log.append) is None
    assert champion_model(tmp_path, "demand", date(2026, 9, 6), {}, log.append) is None


def test_a_model_trained_after_the_day_or_without_trees_is_not_the_last_good(
    tmp_path: Path,
) -> None:
    log: list[str] = []
    stored(tmp_path, 7)
    stored(tmp_path, 21)
    late = ChampionEntry(date(2026, 9, 10), date(2026, 9, 21), "late", "x")
    log_champion(tmp_path, "demand", late)  # serves from the 10th, has seen the 21st
    assert [good(tmp_path, day, log) for day in (12, 20, 21)] == [7, 7, 21]
    empty = Artifact("demand", date(2026, 9, 28), {}, {"features": "a"})
    save_artifact(tmp_path, empty)
    log_champion(tmp_path, "demand", entry(28, empty.version))
    assert good(tmp_path, 30, log) == 21


@pytest.mark.parametrize("names", [[], ["a"], ["a", "a"]])
def test_without_another_there_is_nothing_to_roll_back_to(tmp_path: Path, names: list[str]) -> None:
    for since, name in enumerate(names, 7):
        log_champion(tmp_path, "demand", entry(since, name))
    with pytest.raises(NoEarlierModelError, match="demand: no other model"):
        roll_back(tmp_path, "demand")


def stored(root: Path, since: int, *, features: str = "a") -> Path:
    """A model of `since` that serves from then on; its folder."""
    data = lgb.Dataset(np.arange(40.0)[:, None], np.arange(40.0) * since)
    booster = lgb.train({"verbosity": -1, "num_threads": 1}, data, 1)
    artifact = Artifact("demand", date(2026, 9, since), {"demand": booster}, {"features": features})
    log_champion(root, "demand", entry(since, artifact.version))
    return save_artifact(root, artifact)


def good(root: Path, as_of: int, log: list[str]) -> int | None:
    """Day of the model that `last_good_model` finds, of those that look at `a`."""
    found = last_good_model(
        root, "demand", date(2026, 9, as_of), lambda a: a.details["features"] == "a", log.append
    )
    return None if found is None else found.trained_as_of.day


def test_the_last_good_model_is_the_newest_that_is_sound_and_can_be_fed(tmp_path: Path) -> None:
    log: list[str] = []
    assert good(tmp_path, 30, log) is None
    stored(tmp_path, 7)
    folder = stored(tmp_path, 14)
    stored(tmp_path, 21, features="b")
    assert [good(tmp_path, day, log) for day in (6, 7, 13, 14, 30)] == [None, 7, 7, 14, 14]
    assert log == []
    text = (folder / "demand.txt").read_bytes()
    for damaged in (text[: len(text) // 2], text[:100] + b"\xff" + text[101:], b""):
        (folder / "demand.txt").write_bytes(damaged)
        assert good(tmp_path, 30, log) == 7
    (folder / "demand.txt").write_bytes(text)
    assert good(tmp_path, 30, log) == 14
    for manifest in ('{"sha256": ', "[]", "{}", "\xff"):
        (folder / "manifest.json").write_bytes(manifest.encode("latin-1"))
        assert good(tmp_path, 30, log) == 7
    (folder / "manifest.json").unlink()
    assert good(tmp_path, 30, log) == 7
    assert len(log) == 8 and all("2026-09-14" in line for line in log)


def test_a_last_good_entry_is_told_apart_and_a_broken_line_does_not_stop(tmp_path: Path) -> None:
    stored(tmp_path, 7)
    log_champion(
        tmp_path,
        "demand",
        ChampionEntry(date(2026, 9, 9), DAY, "x", "no new one", is_last_good=True),
    )
    assert [one.is_last_good for one in champion_entries(tmp_path, "demand")] == [False, True]
    path = tmp_path / "demand" / LOG
    path.write_bytes(path.read_bytes() + b'{"since": "2026-\xff\n[1]\n')
    log: list[str] = []
    assert len(champion_entries(tmp_path, "demand")) == 2
    assert champion_model(tmp_path, "demand", date(2026, 9, 9), {}, log.append) is not None
    assert log == ["demand: 2 lines of serving.jsonl cannot be read and are skipped"]


def test_a_log_that_cannot_be_written_stays_as_it_was_and_nothing_is_left_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_to_log(tmp_path, "demand", "log", "first")
    (tmp_path / "demand" / ".log.tmp").write_text("half a line of a killed process")

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr("models.registry.artifacts.os.replace", full)
        add_to_log(tmp_path, "demand", "log", "second")
    assert log_lines(tmp_path, "demand", "log") == ["first"]
    assert [path.name for path in (tmp_path / "demand").iterdir()] == ["log"]
