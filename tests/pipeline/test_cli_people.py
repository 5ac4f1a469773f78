"""`linli deliver` and `linli forget`, as CRM and whoever answers a request use them."""

from __future__ import annotations

import csv
import json
import shutil
import stat
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pytest

from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from assets.resources.vault.vault import Book
from pipelines.settings import Settings
from tests.conftest import FinishedRun, linli
from tests.events import materialize
from tests.flow import assets_named
from tests.pipeline.churn_lake import read


@pytest.fixture(scope="module")
def ran(finished_run: FinishedRun, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A home of our own in which the job ran: what is done here must not be seen elsewhere."""
    home = tmp_path_factory.mktemp("people") / "home"
    shutil.copytree(finished_run.settings.home, home, symlinks=True)
    settings = Settings.from_environment({}, home=home, exports=finished_run.settings.exports)
    settings.linli_home().lakehouse.publish(settings.linli_home().database)
    return FinishedRun(settings, finished_run.as_of, finished_run.output)


def listed(home: LinliHome, day: date) -> list[dict[str, str]]:
    version = outbox.current(home.lists_dir("wake_up"), day)
    assert version is not None
    return rows_of(version / f"wake_up_{day}.csv")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def users_of(exports: Path) -> dict[str, dict[str, str]]:
    return {row["user_id"]: row for row in rows_of(exports / "users.csv")}


def do(ran: FinishedRun, *arguments: object):
    return linli(*arguments, "--home", ran.settings.home, "--exports", ran.settings.exports)


def test_the_published_list_names_nobody_and_the_delivered_one_everybody(
    ran: FinishedRun, tmp_path: Path
) -> None:
    path = tmp_path / "to send.csv"
    result = do(ran, "deliver", "--as-of", ran.as_of, "--out", path)
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    users, delivered = users_of(ran.settings.exports), rows_of(path)
    published = listed(ran.home, ran.as_of)
    key = ran.home.pseudonym_key()
    sent = {key.pseudonym(row["平台用户编号"]) for row in delivered}
    asked_again = [row for row in published if row["用户编号"] in sent]  # some refused since
    assert len(published) >= len(asked_again) == len(delivered) > 5
    for masked, row in zip(asked_again, delivered, strict=True):
        user = users[row["平台用户编号"]]
        assert (row["姓名"], row["手机号"]) == (user["name"], user["phone"])
        assert masked["用户编号"] == key.pseudonym(user["user_id"])
        assert row["原因"] == masked["原因"]
    shown = (ran.home.lists_dir("wake_up") / str(ran.as_of) / f"wake_up_{ran.as_of}.csv").read_text(
        "utf-8-sig"
    )
    assert not any(user["phone"] in shown or user["user_id"] in shown for user in users.values())


def test_the_delivered_workbook_holds_ids_as_text(ran: FinishedRun, tmp_path: Path) -> None:
    path = tmp_path / "to send.xlsx"
    assert do(ran, "deliver", "--out", path).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header, first = [[cell.value for cell in row] for row in sheet.iter_rows(max_row=2)]
    row = dict(zip(header, first, strict=True))
    assert row["平台用户编号"] in users_of(ran.settings.exports)
    assert isinstance(row["手机号"], str)


def test_a_delivery_is_noted_without_a_name(ran: FinishedRun, tmp_path: Path) -> None:
    path = tmp_path / "noted.csv"
    assert do(ran, "deliver", "--out", path).exit_code == 0
    book = ran.settings.home / "audit" / "deliveries.jsonl"
    line = json.loads(book.read_text("utf-8").splitlines()[-1])
    assert (line["day"], line["file"]) == (str(ran.as_of), str(path))
    assert line["rows"] == len(rows_of(path))
    assert not any(user["phone"] in book.read_text("utf-8") for user in rows_of_users(ran))
    assert stat.S_IMODE(book.stat().st_mode) == 0o600


def test_nobody_but_the_owner_may_read_what_a_run_wrote(finished_run: FinishedRun) -> None:
    home = finished_run.settings.home
    modes = {path.relative_to(home): path.lstat().st_mode for path in home.rglob("*")}
    open_to_others = [
        str(path) for path, mode in modes.items() if mode & 0o077 and not stat.S_ISLNK(mode)
    ]
    assert len(modes) > 300 and open_to_others == []


def rows_of_users(ran: FinishedRun) -> list[dict[str, str]]:
    return list(users_of(ran.settings.exports).values())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("home:lists/wake_up/raw.csv", "other people read this folder"),
        ("exports:raw.csv", "other people read this folder"),
        ("raw.txt", "call it .csv or .xlsx"),
        ("standing.csv", "exists already"),
    ],
)
def test_raw_values_do_not_go_just_anywhere(
    ran: FinishedRun, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "standing.csv").write_text("mine", "utf-8")
    place, _, rest = name.rpartition(":")
    folder = {"home": ran.settings.home, "exports": ran.settings.exports}.get(place, tmp_path)
    result = do(ran, "deliver", "--out", folder / rest)
    assert result.exit_code == 1
    assert said in result.output
    assert (tmp_path / "standing.csv").read_text("utf-8") == "mine"


def test_a_day_without_a_list_cannot_be_delivered(ran: FinishedRun, tmp_path: Path) -> None:
    result = do(ran, "deliver", "--as-of", "2020-01-01", "--out", tmp_path / "x.csv")
    assert result.exit_code == 1
    assert "no list of 2020-01-01 is published" in result.output


def test_forget_removes_a_listed_person_and_proves_it(ran: FinishedRun) -> None:
    before = listed(ran.home, ran.as_of)
    pseudonym = before[0]["用户编号"]
    people = ran.home.vault.read(Book.PEOPLE).to_pylist()
    raw = next(row["platform_user_id"] for row in people if row["user_id"] == pseudonym)
    steps = read(ran.home, "select * from run_steps order by as_of, step")
    result = do(ran, "forget", raw, "--yes")
    assert result.exit_code == 0, result.output
    assert read(ran.home, "select * from run_steps order by as_of, step").equals(steps)
    assert "nothing names this person" in result.output
    assert raw not in result.output
    after = listed(ran.home, ran.as_of)
    assert [row["用户编号"] for row in after] == [row["用户编号"] for row in before[1:]]
    folder = ran.home.lists_dir("wake_up")
    version = outbox.current(folder, ran.as_of)
    assert version is not None and outbox.problems(version) == []
    for path in (folder / ".versions").rglob("*.csv"):
        assert pseudonym not in path.read_text("utf-8-sig")
    with duckdb.connect(str(ran.home.database), read_only=True) as reader:
        for view in ("orders", "wake_up_lines", "user_profile"):
            total, theirs = reader.execute(
                f"select count(*), count(*) filter (user_id = '{pseudonym}') from {view}"
            ).fetchall()[0]
            assert total > 0 and theirs == 0
    line = (ran.settings.home / "audit" / "removals.jsonl").read_text("utf-8")
    assert raw not in line and pseudonym not in line
    day, resources = str(ran.as_of), {"linli": ran.home}
    lists = assets_named("wake_up_lines", "wake_up_list")
    assert materialize(lists, partition_key=day, resources=resources).success
    assert pseudonym not in [row["用户编号"] for row in listed(ran.home, ran.as_of)]


def test_an_unknown_person_is_remembered_all_the_same(ran: FinishedRun) -> None:
    result = do(ran, "forget", "nobody-of-that-name", "--yes")
    assert result.exit_code == 0, result.output
    assert "no row names this user" in result.output
    key = ran.home.pseudonym_key()
    assert key.pseudonym("nobody-of-that-name") in ran.home.vault.forgotten()


def test_forget_asks_before_it_removes(ran: FinishedRun) -> None:
    result = do(ran, "forget", "somebody")  # no answer can be given here
    assert result.exit_code == 1
    assert ran.home.pseudonym_key().pseudonym("somebody") not in ran.home.vault.forgotten()
