"""Business days, the schedule after the cut-off, and which files of the inbox are settled."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.ingest.coverage import last_business_day
from assets.ingest.identify_inbox import identify_inbox
from assets.resources.readers.file_index import list_files
from models.clock import FIRST_DAY, business_date, end_of_business_day, monday_of, target_days
from pipelines.schedules import after_cutoff, closed_business_day
from pipelines.sensors import file_marks, inbox_sensor, ready_files
from pipelines.settings import Settings
from tests.lake import write_export

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]


@pytest.mark.parametrize(
    ("moment", "cutoff", "day"),
    [
        (datetime(2026, 9, 4, 22, 59, 59), 23 * 60, date(2026, 9, 4)),
        (datetime(2026, 9, 4, 23, 0), 23 * 60, date(2026, 9, 5)),
        (datetime(2026, 9, 4, 0, 0), 23 * 60, date(2026, 9, 4)),
        (datetime(2026, 9, 4, 23, 59, 59), 1440, date(2026, 9, 4)),
        (datetime(2026, 9, 5, 0, 0), 1440, date(2026, 9, 5)),
        (datetime(2026, 12, 31, 20, 0), 20 * 60, date(2027, 1, 1)),
    ],
)
def test_the_cutoff_closes_the_day(moment: datetime, cutoff: int, day: date) -> None:
    assert business_date(moment, cutoff) == day
    assert end_of_business_day(day, cutoff) > moment


def test_the_horizon_is_the_three_days_after_as_of() -> None:
    days = target_days(date(2026, 12, 30))
    assert days == [date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]


def test_weeks_begin_on_monday_and_days_of_data_in_1990() -> None:
    assert [monday_of(date(2026, 10, day)).day for day in (4, 5, 6, 11, 12)] == [28, 5, 5, 5, 12]
    assert date(1990, 1, 1) == FIRST_DAY


@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_a_cutoff_outside_the_day_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="1 to 1440"):
        business_date(datetime(2026, 9, 4), minutes)
    with pytest.raises(ValueError, match="1 to 1440"):
        end_of_business_day(date(2026, 9, 4), minutes)


def test_the_first_minute_of_a_day_may_close_it() -> None:
    assert end_of_business_day(date(2026, 9, 4), 1) == datetime(2026, 9, 4, 0, 1)
    assert business_date(datetime(2026, 9, 4, 0, 0), 1) == date(2026, 9, 4)
    assert business_date(datetime(2026, 9, 4, 0, 1), 1) == date(2026, 9, 5)


@pytest.mark.parametrize(
    ("cutoff", "cron", "tick", "day"),
    [
        ("23:00", "30 23 * * *", datetime(2026, 9, 4, 23, 30), "2026-09-04"),
        ("24:00", "30 0 * * *", datetime(2026, 9, 5, 0, 30), "2026-09-04"),
        ("20:00", "30 20 * * *", datetime(2026, 9, 4, 20, 30), "2026-09-04"),
    ],
)
def test_the_schedule_runs_the_day_just_closed(
    tmp_path: Path, cutoff: str, cron: str, tick: datetime, day: str
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "platform.toml").write_text(f'cutoff = "{cutoff}"\n', "utf-8")
    schedule = after_cutoff(Settings.from_environment({}, home=tmp_path))
    assert schedule.cron_schedule == cron
    request = schedule(dg.build_schedule_context(scheduled_execution_time=tick))
    assert isinstance(request, dg.RunRequest) and request.partition_key == day
    assert closed_business_day(tick, 1440 if cutoff == "24:00" else int(cutoff[:2]) * 60) == day


def test_a_file_still_being_written_waits() -> None:
    assert ready_files({}, {"a": "1:1"}, {}) == {}
    assert ready_files({"a": "1:1"}, {"a": "2:2"}, {}) == {}
    assert ready_files({"a": "2:2"}, {"a": "2:2"}, {}) == {"a": "2:2"}
    assert ready_files({"a": "2:2"}, {"a": "2:2"}, {"a": "2:2"}) == {}
    assert ready_files({"a": "3:3"}, {"a": "3:3"}, {"a": "2:2"}) == {"a": "3:3"}


def test_the_sensor_asks_once_for_the_last_day_the_orders_reach(tmp_path: Path) -> None:
    settings = Settings.from_environment({}, home=tmp_path)
    sensor = inbox_sensor(settings)
    inbox = tmp_path / "inbox"
    rows = [["1", "1", f"2026-09-0{day} 20:00:00", "s", "1"] for day in (5, 4)]
    write_export(inbox, "orders", HEADER, rows)

    def look(cursor: str | None) -> tuple[object, str | None]:
        context = dg.build_sensor_context(cursor=cursor)
        result = sensor(context)
        return result, getattr(result, "cursor", None) or context.cursor

    first, cursor = look(None)
    assert isinstance(first, dg.SkipReason)
    second, cursor = look(cursor)
    assert isinstance(second, dg.SensorResult)
    assert [request.partition_key for request in second.run_requests or []] == ["2026-09-05"]
    third, cursor = look(cursor)
    assert isinstance(third, dg.SkipReason)
    write_export(inbox, "orders_2", HEADER, [["2", "1", "2026-09-06 20:00:00", "s", "1"]])
    _, cursor = look(cursor)
    again, _ = look(cursor)
    assert [request.partition_key for request in again.run_requests or []] == ["2026-09-06"]


def test_the_sensor_waits_until_a_file_has_stopped_changing(tmp_path: Path) -> None:
    """It grows, then is written over in place with its old size and time set back."""
    settings = Settings.from_environment({}, home=tmp_path)
    sensor = inbox_sensor(settings)
    path = write_export(
        tmp_path / "inbox", "orders", HEADER, [["1", "1", "2026-09-05 20:00:00", "s", "1"]]
    )
    cursor: str | None = None

    def look() -> object:
        nonlocal cursor
        context = dg.build_sensor_context(cursor=cursor)
        result = sensor(context)
        cursor = getattr(result, "cursor", None) or context.cursor
        return result

    assert isinstance(look(), dg.SkipReason)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("2,1,2026-09-06 20:00:00,s,1\n")
    waiting = look()
    assert isinstance(waiting, dg.SkipReason)
    assert waiting.skip_message == "still being written: orders.csv"
    assert isinstance(look(), dg.SensorResult)
    assert isinstance(look(), dg.SkipReason), "asked for already"
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"2,1,2026-09-06", b"2,1,2026-09-07"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert isinstance(look(), dg.SkipReason)
    again = look()
    assert isinstance(again, dg.SensorResult)
    assert [request.partition_key for request in again.run_requests or []] == ["2026-09-07"]


def test_what_vanishes_or_may_not_be_opened_does_not_stop_the_sensor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_export(tmp_path, "orders", HEADER, [])
    closed = write_export(tmp_path / "closed", "orders", HEADER, [])
    gone = write_export(tmp_path, "orders_gone", HEADER, [])
    plain = Path.iterdir

    def listing(self: Path) -> object:
        if self == closed.parent:
            raise PermissionError(13, "Permission denied", str(self))
        found = list(plain(self))
        gone.unlink(missing_ok=True)  # between being listed and being looked at
        return iter(found)

    monkeypatch.setattr(Path, "iterdir", listing)
    assert list(file_marks(tmp_path)) == ["orders.csv"]
    _, ignored = list_files(tmp_path)
    assert "closed: cannot be opened; give the user" in [
        f"{i.name}: {i.reason}"[:39] for i in ignored
    ]


def test_files_that_are_no_exports_are_not_seen(tmp_path: Path) -> None:
    write_export(tmp_path, "orders", HEADER, [])
    for name in ("notes.md", "~orders.csv", ".orders.csv", "orders.csv.part"):
        (tmp_path / name).write_text("x", "utf-8")
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "users.csv").write_text("x", "utf-8")
    assert list(file_marks(tmp_path)) == ["orders.csv"]


@pytest.mark.parametrize(
    ("cutoff", "last_order", "day"),
    [
        ("23:00", "2026-10-31 23:42:00", date(2026, 10, 31)),  # a few orders of the next day
        ("23:00", "2026-10-31 22:59:00", date(2026, 10, 31)),
        ("24:00", "2011-12-09 12:50:00", date(2011, 12, 9)),
        ("24:00", "2011-12-09 09:00:00", date(2011, 12, 8)),
        ("24:00", "2011-01-01 08:00:00", date(2011, 1, 1)),  # the only day there is
    ],
)
def test_a_day_just_begun_is_not_covered(
    tmp_path: Path, cutoff: str, last_order: str, day: date
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "platform.toml").write_text(f'cutoff = "{cutoff}"\n', "utf-8")
    rows = [["1", "1", last_order, "s", "1"], ["2", "1", "2011-01-01 00:00:00", "s", "1"]]
    write_export(tmp_path / "inbox", "orders", HEADER, rows)
    home = Settings.from_environment({}, home=tmp_path).linli_home()
    assert last_business_day(home, identify_inbox(home)) == day
