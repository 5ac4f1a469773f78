"""Two platforms of one home publish beside each other, and neither replaces the other's list."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from assets.publish.lists.wake_up_list import wake_up_list
from assets.publish.reports.run_card import run_card
from assets.resources.home import LinliHome
from assets.resources.home_folder.platforms import REGISTRY, Platforms
from assets.resources.home_folder.stored_platform import StoredPlatform
from assets.resources.outbox import outbox
from assets.resources.outbox.spreadsheet import write_parquet
from data_contracts.codes.contacts import ContactArm
from data_contracts.codes.wake_up import WakeUpAction
from data_contracts.lists import WAKE_UP
from data_contracts.messages import Bilingual
from data_contracts.platform_file import Platform
from data_contracts.tables.wake_up import WAKE_UP_LINES
from pipelines.settings import Settings
from pipelines.stale_lists import list_folders
from tests.conftest import linli
from tests.lake import give_key, home_at, ingest, named, write_export
from tests.pipeline.churn_lake import run
from tests.pipeline.published_lake import arrow

DAY = date(2026, 10, 31)
ORDER = ("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units")
ROW = ("A1", "L1", "2026-10-01 10:00:00", "U1", "S1", "1")


def loaded(root: Path, id_: str) -> LinliHome:
    """A platform that knows U1; `id_` is its folder's name and its user's besides."""
    folder = root / (id_ or "exports")
    write_export(folder, "orders", ORDER, [ROW])
    write_export(folder, "users", ("user_id", "phone"), [("U1", "13900000001"), (f"of {id_}", "")])
    (folder / "platform.toml").write_text(f'id = "{id_}"\nname = "{id_ or "first"}"', "utf-8")
    home = home_at(root, folder)
    ingest(home)
    return home


def publish(home: LinliHome, *users: str) -> None:
    """The day's wake-up list of `users`, and its run card."""
    rows = [
        {"as_of": DAY, "user_id": named(user), "action": WakeUpAction.WAKE_UP.value}
        | {"arm": ContactArm.TREATMENT.value, "reason_zh": "-", "priority": place}
        for place, user in enumerate(users, start=1)
    ]
    home.lakehouse.replace(WAKE_UP_LINES, DAY, arrow(WAKE_UP_LINES, rows))
    run(home, wake_up_list, run_card, day=DAY)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[LinliHome, LinliHome]:
    """Shared by the tests that take it; the last of them changes it."""
    folder = tmp_path_factory.mktemp("two")
    give_key(folder / "home")
    first, second = loaded(folder, ""), loaded(folder, "east")
    publish(first, "U1", "of ")
    publish(second, "U1", "of east")
    return first, second


def listed(home: LinliHome) -> str:
    path = home.lists_dir("wake_up") / str(DAY) / WAKE_UP.file_name(DAY, "csv")
    return path.read_text("utf-8-sig")


def test_lists_and_run_cards_of_two_platforms_stand_side_by_side(
    two: tuple[LinliHome, LinliHome], tmp_path: Path
) -> None:
    first, second = two
    root = first.root
    assert first.lists_dir("wake_up") == root / "lists" / "wake_up"
    assert second.lists_dir("wake_up") == root / "lists" / second.source_key / "wake_up"
    assert named("of ") in listed(first) and named("of east") in listed(second)
    for home, name in ((first, "first"), (second, "east")):
        card = json.loads((home.report_dir(DAY) / "run_card.json").read_text("utf-8"))
        assert card["platform"]["name"] == name
        assert card["lists"][1]["rows"] == 2
    said = linli("lists", "--home", root).output
    assert ", first, " in said and ", east, " in said
    assert ", first, " not in linli("lists", "--home", root, "--platform", "east").output
    refused = linli("deliver", "--out", tmp_path / "a.csv", "--home", root)
    assert refused.exit_code == 1 and "holds 2 platforms" in refused.output
    sent = linli("deliver", "--out", tmp_path / "b.csv", "--home", root, "--platform", "east")
    assert sent.exit_code == 0, sent.output
    assert "of east" in (tmp_path / "b.csv").read_text("utf-8-sig")


def test_a_failed_run_marks_the_lists_of_its_platform_alone(
    two: tuple[LinliHome, LinliHome], tmp_path: Path
) -> None:
    first, second = two
    settings = Settings.from_environment({}, home=first.root, exports=second.exports_dir)
    assert {path.parent for path in list_folders(first.root, settings.linli_home())} == {
        second.lists_dir("wake_up").parent
    }
    gone = Settings.from_environment({}, home=first.root, exports=tmp_path / "gone")
    for asked in (gone.linli_home(), None):  # which was meant is not known: none may look fresh
        assert len(list_folders(first.root, asked)) == 4
    # a setting is wrong: what was asked for still says whose run it was
    of_second = {second.lists_dir("restock"), second.lists_dir("wake_up")}
    assert set(list_folders(first.root, None, chosen=second.stored.key)) == of_second
    assert set(list_folders(first.root, None, exports=second.exports_dir)) == of_second


def test_of_platforms_that_one_folder_may_be_of_the_one_that_ran_is_marked(tmp_path: Path) -> None:
    """Two were read from the same folder, which names neither; a third was read from elsewhere."""
    root, exports = tmp_path / "home", tmp_path / "e"
    exports.mkdir()
    platforms = Platforms(root)
    for key, folder in (("a", exports), ("b", exports), ("c", tmp_path / "c")):
        platforms.note(StoredPlatform(key, key, id=key, outgoing=key), folder, Platform())

    def marked(**chosen: str) -> set[str]:
        home = LinliHome(home=str(root), exports=str(exports), **chosen)
        return {path.parent.name for path in list_folders(root, home)}

    assert [marked(chosen_platform=key) for key in "abc"] == [{"a"}, {"b"}, {"c"}]
    assert marked() == {"a", "b"}, "refused with a question: either may be meant, no other"
    (exports / "platform.toml").write_text("cutoff = ", "utf-8")
    assert [marked(chosen_platform=key) for key in "abc"] == [{"a"}, {"b"}, {"c"}]
    assert marked() == {"a", "b"}


@pytest.mark.parametrize("named", [(), ("--platform", "west")], ids=["a question", "a stranger"])
def test_a_run_refused_as_maybe_another_platform_s_marks_no_list(
    two: tuple[LinliHome, LinliHome], tmp_path: Path, named: tuple[str, ...]
) -> None:
    first, second = two
    before = [outbox.state(home.lists_dir("wake_up")) for home in two]
    write_export(tmp_path / "w", "orders", ORDER, [ROW])
    result = linli("run", "--exports", tmp_path / "w", "--home", first.root,
                   "--as-of", DAY, *named)  # fmt: skip
    assert result.exit_code == 1 and ("or another?" in result.output or "west" in result.output)
    assert [outbox.state(home.lists_dir("wake_up")) for home in two] == before
    refused = linli("run", "--exports", second.exports_dir, "--home", first.root,
                    "--as-of", "x", *named)  # fmt: skip
    assert refused.exit_code == 1
    states = [outbox.state(home.lists_dir("wake_up")).status for home in two]
    assert states == ["published", "stale"]
    run(second, wake_up_list, day=DAY)


def test_a_person_leaves_the_lists_of_every_platform(two: tuple[LinliHome, LinliHome]) -> None:
    first, second = two
    outbox.mark_failed(
        second.lists_dir("wake_up"), DAY, "no_data", Bilingual("the checks before it", "运行前检查")
    )
    stale = [outbox.state(home.lists_dir("wake_up")) for home in two]
    result = linli("forget", "U1", "--yes", "--home", first.root, "--platform", "east")
    assert f"published again without them: {WAKE_UP.zh} {DAY}" in result.output
    for home, other in ((first, "of "), (second, "of east")):
        assert named("U1") not in listed(home) and named(other) in listed(home)
    # taken out of a stale list, a person does not make it fresh; nor stale what was not
    assert [one.status for one in stale] == ["published", "stale"]
    assert [outbox.state(home.lists_dir("wake_up")) for home in two] == stale
    text = second.lists_dir("wake_up") / outbox.STATUS_TEXT
    assert "运行前检查" in text.read_text("utf-8-sig")
    run(second, wake_up_list, day=DAY)  # a run of the day does
    assert outbox.state(second.lists_dir("wake_up")).status == "published"


def as_an_earlier_version_left_it(first: LinliHome, second: LinliHome) -> None:
    """One folder for everybody: the second platform's list of the day, and of the day before the
    first's."""
    path = first.root / REGISTRY
    noted = json.loads(path.read_text("utf-8"))
    for entry in noted["platforms"]:
        del entry["outgoing"]
    path.write_text(json.dumps(noted), "utf-8")
    for day, name in ((date(2026, 10, 30), "first"), (DAY, "east")):
        files = {"a.parquet": lambda path: write_parquet(path, arrow(WAKE_UP_LINES, []))}
        facts = {"platform": {"name": name}, "rows": 0}
        outbox.publish(first.root / "lists" / "wake_up", day, files, facts)
        card = first.root / "reports" / str(day) / "run_card.json"
        card.parent.mkdir(parents=True, exist_ok=True)
        card.write_text(json.dumps(facts), "utf-8")


def test_a_home_that_kept_both_in_one_place_is_taken_over(tmp_path: Path) -> None:
    give_key(tmp_path / "home")
    first, second = loaded(tmp_path, ""), loaded(tmp_path, "east")
    as_an_earlier_version_left_it(first, second)
    # the newest list stands where people look for it; it is the second platform's
    assert second.lists_dir("wake_up") == first.root / "lists" / "wake_up"
    assert not (first.root / "lists" / first.source_key).exists(), "looking moves nothing"
    for _ in range(2):
        write_export(second.exports_dir, "users_2", ("user_id",), [("U2",)])
        ingest(second)
        days = [outbox.published_days(home.lists_dir("wake_up")) for home in (first, second)]
        assert days == [[date(2026, 10, 30)], [DAY]]
        assert (first.report_dir(date(2026, 10, 30)) / "run_card.json").is_file()
        assert (second.report_dir(DAY) / "run_card.json").is_file()
        assert outbox.state(first.lists_dir("wake_up")).last_good == "2026-10-30"
    assert {one.outgoing for one in Platforms(first.root).all()} == {"", first.source_key}


def test_a_list_moved_to_its_platform_stays_stale(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    for day in (date(2026, 10, 29), date(2026, 10, 30)):
        outbox.publish(source, day, {"x": lambda path: path.write_text("x")}, {})
    outbox.mark_failed(source, DAY, "disk_full", Bilingual("step orders", "步骤 orders"))
    outbox.move_day(source, target, date(2026, 10, 30))
    for folder in (source, target):
        found = outbox.state(folder)
        assert (found.status, found.reason_code) == ("stale", "disk_full")


def test_a_move_that_was_killed_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    files = {"x.parquet": lambda path: write_parquet(path, arrow(WAKE_UP_LINES, []))}
    outbox.publish(source, DAY, files, {})
    for killed in ("copytree", "rmtree"):
        with monkeypatch.context() as patch:
            patch.setattr(outbox.shutil, killed, lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                outbox.move_day(source, target, DAY)
        there = [outbox.current(folder, DAY) for folder in (source, target)]
        assert any(version and not outbox.problems(version) for version in there)
    outbox.move_day(source, target, DAY)
    assert outbox.published_days(target) == [DAY] and not outbox.published_days(source)
