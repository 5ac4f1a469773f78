"""Upkeep removes what nobody can ask for, and nothing that somebody can."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from assets.resources.lakehouse.lakehouse import Lakehouse
from assets.resources.lakehouse.undo_journal import all_or_nothing
from assets.resources.lakehouse.vacuum import remove_older, vacuum
from data_contracts.tables.bookkeeping import FALLBACKS
from models.registry.champion_log import ChampionEntry, log_champion
from pipelines.upkeep import KEPT_SERVED, idle_models, prune_runs

NOW = datetime.now(UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lakehouse:
    return Lakehouse(tmp_path / "lake", threads=1, memory_limit="1GB", scratch=tmp_path / "scratch")


def write(lake: Lakehouse, code: str, day: date = date(2026, 9, 1)) -> None:
    row = {"as_of": day, "step": "s", "code": code, "message": "", "message_zh": ""}
    lake.replace(FALLBACKS, day, pa.Table.from_pylist([row], schema=FALLBACKS.arrow_schema()))


def codes_of(lake: Lakehouse, version: int) -> set[str]:
    table = DeltaTable(str(lake.path(FALLBACKS)), version=version)
    return set(table.to_pyarrow_table().column("code").to_pylist())


def age(path: Path, version: int, days: float) -> None:
    """Let the commit `version` have been made, and its files written, `days` ago."""
    then = NOW - timedelta(days=days)
    log = path / "_delta_log" / f"{version:020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        for kind, key in (
            ("remove", "deletionTimestamp"),
            ("add", "modificationTime"),
            ("commitInfo", "timestamp"),
        ):
            if kind in action:
                action[kind][key] = int(then.timestamp() * 1000)
        if "add" in action:
            os.utime(path / action["add"]["path"], (then.timestamp(),) * 2)
    log.write_text("\n".join(json.dumps(action) for action in actions))
    os.utime(log, (then.timestamp(),) * 2)


def test_versions_of_the_last_days_stay_whole_and_older_files_go(lake: Lakehouse) -> None:
    path = lake.path(FALLBACKS)
    # written long ago, replaced 8 days ago, 6 days ago, today: what was current within 7 days stays
    for version, (code, days) in enumerate([("a", 40), ("b", 8), ("c", 6), ("d", 0)]):
        write(lake, code)
        age(path, version, days)
    freed = vacuum(lake, 7 * 24)
    assert freed.files == 1 and freed.size_bytes > 0
    assert [codes_of(lake, version) for version in (1, 2, 3)] == [{"b"}, {"c"}, {"d"}]
    with pytest.raises(Exception, match=r"(?i)not found|no such file"):
        codes_of(lake, 0)


def test_a_file_of_the_current_snapshot_stays_however_old(lake: Lakehouse) -> None:
    path = lake.path(FALLBACKS)
    for number, day in enumerate([date(2026, 9, 1), date(2026, 9, 2), date(2026, 9, 3)]):
        write(lake, f"{day}", day)
        age(path, number, 400 - number)
    write(lake, "again", date(2026, 9, 3))
    age(path, 3, 300)
    assert vacuum(lake, 7 * 24).files == 1
    with lake.session(FALLBACKS) as session:
        found = {row[0] for row in session.rows("select code from fallbacks")}
    assert found == {"2026-09-01", "2026-09-02", "again"}
    version = DeltaTable(str(path)).version()
    assert vacuum(lake, 7 * 24).files == 0
    assert DeltaTable(str(path)).version() == version, "nothing to do is no commit"


def test_what_a_killed_write_left_goes_when_it_is_old(lake: Lakehouse) -> None:
    write(lake, "a")
    path = lake.path(FALLBACKS)
    folder = next(path.glob("as_of=*"))
    for name, days in (("old.parquet", 8), ("young.parquet", 1)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, ((NOW - timedelta(days=days)).timestamp(),) * 2)
    vacuum(lake, 7 * 24)
    assert not (folder / "old.parquet").exists() and (folder / "young.parquet").exists()


def test_a_change_cut_off_is_undone_before_anything_is_removed(lake: Lakehouse) -> None:
    write(lake, "good")
    change = all_or_nothing(lake.root, [FALLBACKS.name])
    change.__enter__()  # and the process is gone
    write(lake, "half")
    vacuum(lake, 7 * 24)
    with lake.session(FALLBACKS) as session:
        assert session.rows("select code from fallbacks") == [("good",)]


def test_scratch_of_a_dead_run_goes_and_that_of_a_live_one_stays(tmp_path: Path) -> None:
    for name, days in (("ingest-orders", 2), ("ingest-users", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows").write_text("x")
        os.utime(tmp_path / name, ((NOW - timedelta(days=days)).timestamp(),) * 2)
    freed = remove_older(tmp_path.glob("*"), (NOW - timedelta(days=1)).timestamp())
    assert freed.files == 1 and [path.name for path in tmp_path.glob("*")] == ["ingest-users"]


def test_old_runs_leave_nothing_in_dagsters_store(tmp_path: Path) -> None:
    @dg.asset
    def thing() -> None: ...

    @dg.asset_check(asset=thing)
    def good() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        ids = [dg.materialize([thing, good], instance=instance).run_id for _ in range(2)]
        first = instance.get_run_record_by_id(ids[0])
        assert first is not None
        second = instance.get_run_record_by_id(ids[1])
        assert second is not None
        assert prune_runs(instance, second.create_timestamp) == 1
        assert instance.get_run_by_id(ids[0]) is None
        assert instance.get_run_by_id(ids[1]) is not None
    store = tmp_path / "history" / "runs"
    assert {path.name.split(".")[0] for path in store.glob("*.db")} == {ids[1], "index"}
    with sqlite3.connect(store / "index.db") as index:
        for table in ("event_logs", "asset_check_executions"):
            found = {row[0] for row in index.execute(f"select distinct run_id from {table}")}
            assert found == {ids[1]}, table
    assert not (tmp_path / "storage" / ids[0]).exists()


def test_models_that_serve_served_of_late_or_are_the_newest_are_not_idle(tmp_path: Path) -> None:
    root = tmp_path / "platform"
    days = [date(2026, 1, 1) + timedelta(days=7 * number) for number in range(12)]
    for day in days:
        (root / "demand" / day.isoformat()).mkdir(parents=True)
        (root / "churn" / day.isoformat()).mkdir(parents=True)
    for day in days[:8]:
        log_champion(root, "demand", ChampionEntry(day, day, f"demand-{day}", "newer"))
    back = ChampionEntry(days[8], days[0], f"demand-{days[0]}", "rolled back")
    log_champion(root, "demand", back)
    idle = {path.relative_to(root).as_posix() for path in idle_models(tmp_path)}
    kept = {days[0], *days[8 - KEPT_SERVED + 1 : 8], days[11]}
    assert idle == {f"demand/{day}" for day in days if day not in kept} | {
        f"churn/{day}" for day in days[:11]
    }
