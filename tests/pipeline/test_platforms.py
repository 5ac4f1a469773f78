"""A home knows its platforms wherever it lies; what may be two things is asked, never guessed."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.ingest import reload
from assets.ingest.identify_inbox import identify_inbox
from assets.ingest.load import load
from assets.ingest.preflight import preflight
from assets.ingest.reload import reload_all
from assets.resources.home import LinliHome
from assets.resources.home_folder.cutoff import require_same_business_day
from assets.resources.home_folder.platforms import REGISTRY, Platforms
from assets.resources.home_folder.stored_platform import StoredPlatform
from data_contracts.errors import LinliError
from data_contracts.exports import ORDERS
from pipelines.cli import choose_platform
from pipelines.cli.app import app
from pipelines.settings import Settings
from tests.conftest import linli
from tests.lake import asking, home_at, ingest, write_export

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "user_id"]


def line(order: str, hour: int = 10) -> list[str]:
    return [order, "1", f"2026-09-04 {hour:02}:30:00", "S1", "1", "U1"]


def loaded(root: Path, exports: str = "exports", toml: str = "") -> LinliHome:
    """A home with three orders, at 10:30, 21:30 and 22:30."""
    folder = root / exports
    write_export(folder, "orders", HEADER, [line("a"), line("b", 21), line("c", 22)])
    if toml:
        (folder / "platform.toml").write_text(toml, "utf-8")
    home = home_at(root, folder)
    ingest(home)
    return home


def found(home: LinliHome, exports: Path | None = None) -> int:
    """Orders that a command finds that names no exports folder, or this one."""
    settings = Settings.of_one_platform(home=home.root, exports=exports, platform=None)
    with asking(settings.linli_home(), "from orders") as session:
        return int(session.scalar("select count(*) from orders"))


def days(home: LinliHome) -> list[tuple[str, date]]:
    with asking(home, "from orders") as session:
        return session.rows("select order_id, business_date from orders order by 1")


def as_before(home: LinliHome, id_: str = "", cutoff: str = "24:00", key: str = "") -> str:
    """Give the lake the name an earlier version gave it, and take the register away."""
    digest = hashlib.sha256(f"{home.exports_dir}|{id_}|{cutoff}".encode()).hexdigest()[:8]
    name = f"{home.exports_dir.name}-{digest}"
    key = key or home.source_key
    for room in ("lake", "vault"):
        (home.root / room / key).rename(home.root / room / name)
    (home.root / REGISTRY).unlink(missing_ok=True)
    return name


def test_a_home_that_moves_with_its_inbox_finds_everything(tmp_path: Path) -> None:
    root = tmp_path / "one mount"
    home = home_at(root, root / "home" / "inbox")
    write_export(home.exports_dir, "orders", HEADER, [line("a")])
    ingest(home)
    copied = tmp_path / "copy" / "home"
    shutil.copytree(home.root, copied, symlinks=True)
    (tmp_path / "other mount").mkdir()
    moved = shutil.move(root, tmp_path / "other mount")
    for place in (Path(moved) / "home", copied):
        now = home_at(place.parent, place / "inbox")
        assert found(now) == found(now, now.exports_dir) == 1
        assert now.vault.person(now.pseudonym_key().pseudonym("U1")) is not None
        write_export(now.exports_dir, "orders_2", HEADER, [line("b")])
        ingest(now)
        assert found(now) == 2 and [p.name for p in (place / "lake").glob("p*")] == ["platform"]


def test_a_home_that_moves_with_a_folder_beside_it_is_known(tmp_path: Path) -> None:
    home = loaded(tmp_path / "a")
    moved = Path(shutil.move(tmp_path / "a", tmp_path / "b"))
    now = home_at(moved, moved / "exports")
    assert now.source_key == home.source_key and found(now, now.exports_dir) == 3


def test_a_home_alone_finds_its_platform_and_the_exports_read_last(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    settings = Settings.from_environment({}, home=home.root)
    assert settings.exports == home.exports_dir
    assert settings.linli_home().source_key == home.source_key
    assert found(home) == 3
    shutil.rmtree(home.exports_dir)
    assert found(home) == 3


def test_a_second_folder_without_an_id_is_a_question(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    write_export(tmp_path / "second", "orders_east", HEADER, [line("d")])
    second = home_at(tmp_path, tmp_path / "second")
    before = sorted(home.root.rglob("*"))
    for asked in (
        lambda: preflight(second, identify_inbox(second)),
        lambda: load(second, ORDERS, print),
    ):
        with pytest.raises(LinliError, match=r"second: is this the platform .*--same-platform"):
            asked()
    command = ("run", "--home", home.root, "--exports", second.exports_dir, "--as-of", "2026-09-04")
    assert "另一平台：在 " in linli("--lang", "zh", *command).output
    assert sorted(home.root.rglob("*")) == before
    same = replace(second, chosen_platform=home.source_key)
    ingest(same)
    assert len(days(same)) == 4 and found(home) == 4
    # what was answered once is known, and the folder read before is too
    assert second.source_key == home.source_key == same.source_key
    ingest(home)
    assert second.source_key == home.source_key and len(days(home)) == 4


def test_a_copy_knows_exports_within_it_or_beside_it_once_the_original_is_gone(
    tmp_path: Path,
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "exports").mkdir(parents=True)
    beside = StoredPlatform("k", "k", exports=f"{old}/exports", beside_home="../exports")
    within = StoredPlatform("k", "k", exports=f"{old}/home/inbox", beside_home="inbox")
    assert within.lies_at(new / "home", new / "home" / "inbox")
    assert beside.lies_at(old / "home", old / "exports")
    # the copy beside it may be meant for another platform while the original is in use
    assert not beside.lies_at(new / "home", new / "exports")
    (old / "exports").rmdir()
    assert beside.lies_at(new / "home", new / "exports")


def test_a_second_folder_with_an_id_is_another_platform(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    second = loaded(tmp_path, "second", 'id = "east"')
    assert second.source_key != home.source_key
    assert len(days(home)) == len(days(second)) == 3
    with pytest.raises(LinliError, match=r"holds 2 platforms: .*east.*--platform"):
        found(home)
    said = linli("models", "list", "--home", home.root).output
    assert "holds 2 platforms" in said and str(second.exports_dir) in said
    chosen = Settings.of_one_platform(home=home.root, exports=None, platform="east")
    assert chosen.exports == second.exports_dir
    assert chosen.linli_home().source_key == second.source_key
    assert found(home, home.exports_dir) == 3
    said = linli("models", "list", "--home", home.root, "--platform", "west").output
    assert "no such platform; it holds" in said and "east" in said
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose_platform, "is_interactive", lambda: True)
        asked = CliRunner().invoke(app, ["models", "list", "--home", str(home.root)], input="1\n")
    assert "1  east" in asked.output and f"models/{second.source_key}" in asked.output
    # the same id from another folder is the same platform
    shutil.move(second.exports_dir, tmp_path / "third")
    assert home_at(tmp_path, tmp_path / "third").source_key == second.source_key


def test_a_platform_may_be_named_before_it_was_ever_loaded(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "platform.toml").write_text('id = "east"', "utf-8")
    environment = {"LINLI_PLATFORM": "east"}
    assert Settings.from_environment(environment, home=tmp_path).exports == tmp_path / "inbox"
    settings = Settings.from_environment(environment, home=tmp_path, exports=tmp_path / "exports")
    assert settings.linli_home().source_key.startswith("east-")
    with pytest.raises(LinliError, match="'west': this home holds no such platform"):
        Settings.of_one_platform(
            home=tmp_path, exports=None, platform="west"
        ).linli_home().source_key


def test_an_id_stated_later_names_the_platform_that_stands(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    (home.exports_dir / "platform.toml").write_text('id = "east"', "utf-8")
    write_export(home.exports_dir, "orders_2", HEADER, [line("d")])
    ingest(home)
    assert len(days(home)) == 4 and home.stored.id == "east"
    wrong = replace(home, chosen_platform="east")
    (home.exports_dir / "platform.toml").write_text('id = "west"', "utf-8")
    with pytest.raises(LinliError, match="states id 'west', but the platform chosen is 'east'"):
        load(wrong, ORDERS, print)


@pytest.mark.parametrize(("id_", "cutoff"), [("", "24:00"), ("east", "23:00")])
def test_a_home_of_an_earlier_version_is_taken_over(tmp_path: Path, id_: str, cutoff: str) -> None:
    home = loaded(tmp_path, toml=f'id = "{id_}"\ncutoff = "{cutoff}"')
    name = as_before(home, id_, cutoff)
    assert home.source_key == name and found(home, home.exports_dir) == found(home) == 3
    assert not (home.root / REGISTRY).exists(), "looking writes nothing"
    (home.root / f".{REGISTRY}.1").write_text("{", "utf-8")  # of a process that was killed
    for _ in range(2):
        ingest(home)
        assert [one.lake for one in Platforms(home.root).all()] == [name]
    assert home.stored.is_noted and home.stored.cutoff == cutoff
    assert home.vault.person(home.pseudonym_key().pseudonym("U1")) is not None
    (home.exports_dir / "platform.toml").write_text(f'id = "{id_}"\ncutoff = "20:00"', "utf-8")
    with pytest.raises(LinliError, match=f"cutoff was {cutoff} .* is 20:00 now"):
        load(home, ORDERS, print)


def test_two_lakes_of_an_earlier_version_stay_two(tmp_path: Path) -> None:
    first = loaded(tmp_path, "first", 'id = "one"')
    second = loaded(tmp_path, "second", 'id = "two"')
    write_export(second.exports_dir, "orders_2", HEADER, [line("d")])
    ingest(second)
    key = second.source_key
    names = {as_before(first, "one"), as_before(second, "two", key=key)}
    assert (len(days(first)), len(days(second))) == (3, 4)
    ingest(first)
    assert {one.lake for one in Platforms(first.root).all()} == names
    with pytest.raises(LinliError, match="holds 2 platforms"):
        found(first)
    assert (found(first, first.exports_dir), found(first, second.exports_dir)) == (3, 4)


def test_an_old_home_that_was_moved_before_is_known_by_its_name(tmp_path: Path) -> None:
    home = loaded(tmp_path / "a", toml='cutoff = "22:00"')
    name = as_before(home, "", "22:00")
    now = home_at(tmp_path / "b", Path(shutil.move(tmp_path / "a", tmp_path / "b")) / "exports")
    assert now.source_key == name and len(days(now)) == 3
    # nobody wrote down its cut-off, but its rows show it: 21:30 was today and 22:30 tomorrow
    for stated, fits in (("22:00", True), ("21:45", True), ("21:15", False), ("23:00", False)):
        (now.exports_dir / "platform.toml").write_text(f'cutoff = "{stated}"', "utf-8")
        if fits:
            require_same_business_day(now)
        else:
            with pytest.raises(LinliError, match=r"cutoff was 22:30 .* is \d\d:\d\d now"):
                require_same_business_day(now)


def test_a_lake_of_an_older_cutoff_is_no_second_platform(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    old = as_before(home)
    other = home.root / "lake" / f"exports-{digest_of(home.exports_dir, '23:00')}"
    shutil.copytree(home.root / "lake" / old, other)
    assert home.source_key == old and found(home, home.exports_dir) == 3
    ingest(home)
    assert home.stored.replaced == (other.name,) and found(home) == 3
    (home.root / REGISTRY).unlink()
    (home.exports_dir / "platform.toml").write_text('cutoff = "23:00"', "utf-8")
    assert home.source_key == other.name


def digest_of(exports: Path, cutoff: str) -> str:
    return hashlib.sha256(f"{exports}||{cutoff}".encode()).hexdigest()[:8]


def test_another_cutoff_is_asked_for_and_accepted_by_reading_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = loaded(tmp_path)
    today, next_day = date(2026, 9, 4), date(2026, 9, 5)
    (home.exports_dir / "platform.toml").write_text('cutoff = "22:00"', "utf-8")
    command = ("run", "--home", home.root, "--exports", home.exports_dir, "--as-of", "2026-09-04")
    said = linli(*command).output
    assert "cutoff was 24:00" in said and "is 22:00 now" in said and "--accept-cutoff" in said
    assert days(home) == [("a", today), ("b", today), ("c", today)]

    def killed(fresh: LinliHome, table: object, *_: object) -> object:
        if table is not ORDERS:
            raise KeyboardInterrupt
        return load(fresh, ORDERS, print)

    with monkeypatch.context() as patch:
        patch.setattr(reload, "load", killed)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            reload_all(home, print)
    assert days(home) == [("a", today), ("b", today), ("c", today)] and found(home) == 3
    assert reload_all(home, print) and not reload_all(home, print)
    require_same_business_day(home)
    assert days(home) == [("a", today), ("b", today), ("c", next_day)]
    assert found(home) == 3 and len(list((home.root / "lake").glob("p*"))) == 1
    assert home.vault.person(home.pseudonym_key().pseudonym("U1")) is not None
    ingest(home)
    assert len(days(home)) == 3


def test_another_cutoff_is_refused_where_a_file_is_gone(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    write_export(home.exports_dir, "orders_2", HEADER, [line("d")])
    ingest(home)
    (home.exports_dir / "orders_2.csv").unlink()
    (home.exports_dir / "platform.toml").write_text('utc_offset = "+07:00"', "utf-8")
    with pytest.raises(LinliError, match=r"utc_offset was \+08:00 .* is \+07:00 now"):
        load(home, ORDERS, print)
    with pytest.raises(
        LinliError, match=r"1 loaded file\(s\) are missing or were changed: orders_2\.csv"
    ):
        reload_all(home, print)
    assert len(days(home)) == 4


def test_a_register_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    home = loaded(tmp_path)
    text = json.dumps({"platforms": [{"key": "platform"}]})
    (home.root / REGISTRY).write_text(text, "utf-8")
    with pytest.raises(LinliError, match=r"platforms\.json: cannot be read"):
        preflight(home, identify_inbox(home))
