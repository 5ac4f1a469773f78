"""A home into one archive and back: everything, verified, whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.resources.home import LinliHome
from assets.resources.home_folder.backup_archive import MANIFEST, SEAL, read_archive, write_archive
from assets.resources.home_folder.run_lock import LOCK
from assets.resources.outbox import outbox
from data_contracts.errors import LinliError
from tests.conftest import linli
from tests.lake import give_key, home_at, ingest, write_export

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "user_id"]
DAY = date(2026, 9, 4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """A home with an order, somebody in the vault, a list, and exports of its own."""
    root = tmp_path_factory.mktemp("kept")
    give_key(root / "home")
    home = LinliHome(home=str(root / "home"), exports=str(root / "home" / "inbox"), threads=1)
    rows = [
        ["a", "1", "2026-09-04 10:00:00", "S1", "1", "U1"],
        ["b", "1", "", "", "", ""],
    ]
    write_export(home.exports_dir, "orders", HEADER, rows)
    ingest(home)
    for day in (DAY, DAY):
        outbox.publish(home.lists_dir("restock"), day, {"restock.csv": _written}, {"rows": 1})
    home.lakehouse.publish(home.database)
    (home.root / "dagster").mkdir()
    (home.root / "dagster" / "dagster.yaml").write_text("telemetry: {}\n", "utf-8")
    (home.root / "dagster" / "history").mkdir()
    (home.root / "dagster" / "history" / "runs.db").write_bytes(b"x")
    for folder, _, files in os.walk(home.root):
        for name in files:
            path = Path(folder) / name
            path.chmod(0o600 if "vault" in folder else 0o640)
    return home


def _written(path: Path) -> int:
    path.write_text("数量\r\n1\r\n", "utf-8")
    return 1


def tree(root: Path) -> dict[str, tuple[str, str, int]]:
    """What lies under `root`, but for what is made anew: kind, content and mode."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(("linli.duckdb", "lake/.scratch", "dagster/")) or ".lock" in path.name:
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            found[name] = ("link", os.readlink(path), 0)
        elif path.is_dir():
            found[name] = ("folder", "", mode)
        else:
            found[name] = ("file", hashlib.sha256(path.read_bytes()).hexdigest(), mode)
    return found


def test_what_is_restored_is_what_was_kept(home: LinliHome, tmp_path: Path) -> None:
    made = linli("backup", tmp_path / "kept.tar", "--home", home.root)
    assert made.exit_code == 0, made.output
    assert "the keys are not included" in made.output
    archive = tmp_path / "kept.tar"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    umask = os.umask(0o077)
    try:
        back = linli("restore", archive, "--home", tmp_path / "new" / "home")
    finally:
        os.umask(umask)
    assert back.exit_code == 0 and "the keys were not included" in back.output, back.output
    restored = tmp_path / "new" / "home"
    before, after = tree(home.root), tree(restored)
    missing = {name for name in before if name not in after}
    assert missing == {"vault/pseudonym.key", "vault/vault.key"}
    assert after == {name: what for name, what in before.items() if name not in missing}
    assert after[f"lists/restock/{DAY}"][0] == "link"
    assert [path.name for path in (restored / "dagster").iterdir()] == ["dagster.yaml"]
    again = tmp_path / "again.tar"
    assert linli("backup", again, "--home", restored).exit_code == 0
    assert again.read_bytes() == archive.read_bytes()
    with duckdb.connect(str(restored / "linli.duckdb"), read_only=True) as people:
        assert people.execute("select count(*) from orders").fetchall()[0] == (1,)
    other = home_at(restored.parent, restored / "inbox")
    with pytest.raises(LinliError, match=r"vault\.key does not exist"):
        other.vault.read
    for key in missing:
        (restored / key).write_bytes((home.root / key).read_bytes())
        (restored / key).chmod(0o600)
    person = other.vault.person(other.pseudonym_key().pseudonym("U1"))
    assert person is not None and person["platform_user_id"] == "U1"
    ingest(other)
    with other.lakehouse.session() as session:
        assert session.scalar("select count(*) from orders") == 1


def test_an_archive_may_be_packed_and_hold_the_keys(home: LinliHome, tmp_path: Path) -> None:
    kept = write_archive(home.root, tmp_path / "kept.tar.gz", with_keys=True)
    assert kept.has_keys
    read_archive(tmp_path / "kept.tar.gz", tmp_path / "new")
    assert tree(tmp_path / "new") == tree(home.root)
    assert stat.S_IMODE((tmp_path / "new" / "vault" / "vault.key").stat().st_mode) == 0o600


def test_nothing_stands_in_the_way_of_an_archive(home: LinliHome, tmp_path: Path) -> None:
    def said(*command: object) -> str:
        result = linli(*command)
        assert result.exit_code == 1
        return " ".join(result.output.split())

    assert "is inside the home" in said("backup", home.root / "x.tar", "--home", home.root)
    assert "the name must end in .tar" in said("backup", tmp_path / "x.zip", "--home", home.root)
    (tmp_path / "x.tar").touch()
    assert "already exists" in said("backup", tmp_path / "x.tar", "--home", home.root)
    assert "nothing is loaded here" in said("backup", tmp_path / "y.tar", "--home", tmp_path)
    (tmp_path / "x.tar").unlink()
    write_archive(home.root, tmp_path / "x.tar", with_keys=False)
    before = tree(home.root)
    assert "is not empty" in said("restore", tmp_path / "x.tar", "--home", home.root)
    assert tree(home.root) == before
    assert "no such file" in said("restore", tmp_path / "no.tar", "--home", tmp_path / "new")


def cut(archive: Path) -> None:
    os.truncate(archive, archive.stat().st_size * 2 // 3)


def one_bit(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    place = content.index(b"PAR1") + 40
    content[place] ^= 1
    archive.write_bytes(content)


def one_bit_of_the_list(archive: Path) -> None:
    content = archive.read_bytes()
    place = content.index(b'"format": 1')
    archive.write_bytes(content[:place] + b'"format": 2' + content[place + 11 :])


def one_file_less(archive: Path) -> None:
    _without(archive, lambda name: name.endswith("platforms.json"))


def no_list(archive: Path) -> None:
    _without(archive, lambda name: name in (MANIFEST, SEAL))


def _without(archive: Path, is_left_out: Callable[[str], bool]) -> None:
    other = archive.with_name("other.tar")
    with tarfile.open(archive) as old, tarfile.open(other, "w") as new:
        for info in old:
            if not is_left_out(info.name):
                new.addfile(info, old.extractfile(info) if info.isreg() else None)
    other.replace(archive)


def one_more(name: str, link: str = "") -> Callable[[Path], None]:
    def add(archive: Path) -> None:
        with tarfile.open(archive, "a") as more:
            info = tarfile.TarInfo(name)
            if link:
                info.type, info.linkname = tarfile.SYMTYPE, link
                more.addfile(info)
            else:
                info.size = 1
                more.addfile(info, io.BytesIO(b"x"))

    return add


def no_archive(archive: Path) -> None:
    archive.write_text("not one", "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        cut, one_bit, one_bit_of_the_list, one_file_less, no_list, no_archive,
        one_more("home/extra"), one_more("home/../../escaped"), one_more("/escaped"),
        one_more("home/out", "../../outside"), one_more("home/out", "/etc"),
        one_more("home/lists/restock/latest.json"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_not_put_in_place(
    home: LinliHome, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    write_archive(home.root, tmp_path / "kept.tar", with_keys=False)
    damage(tmp_path / "kept.tar")
    (tmp_path / "new").mkdir()
    with pytest.raises(LinliError, match="nothing was changed"):
        read_archive(tmp_path / "kept.tar", tmp_path / "new" / "home")
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "escaped").exists()


READ_ONLY = (
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && ! touch "$0/probe" 2>/dev/null'
    ' && exec "$@"'
)


def on_read_only_mount(home: Path, *words: str) -> subprocess.Popen[str]:
    """The command under way with the home mounted for reading alone."""
    command = ["unshare", "-m", "sh", "-c", READ_ONLY, str(home), sys.executable, "-m"]
    return subprocess.Popen(
        [*command, "pipelines.cli.app", *words, "--home", str(home)],
        env={**os.environ, "LC_ALL": "C"},
        stderr=subprocess.PIPE,
        text=True,
    )


def may_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-m", "sh", "-c", READ_ONLY, str(folder), "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("lock", ["never made", "free", "held"])
def test_a_home_that_can_only_be_read_is_kept_all_the_same(
    home: LinliHome, tmp_path: Path, lock: str
) -> None:
    """Elsewhere it may be mounted for writing: whoever writes there is waited for."""
    if not may_mount(tmp_path):
        pytest.skip("mounting for reading alone needs rights this user has not")
    root = tmp_path / "home"
    shutil.copytree(home.root, root, symlinks=True)
    (root / LOCK).unlink(missing_ok=True)
    if lock != "never made":
        (root / LOCK).write_text('{"pid": 1, "command": "linli run", "day": ""}', "utf-8")
    before = tree(root)
    with contextlib.ExitStack() as held:
        if lock == "held":
            stream = held.enter_context((root / LOCK).open("r"))
            fcntl.flock(stream, fcntl.LOCK_EX)
        kept = on_read_only_mount(root, "backup", str(tmp_path / "kept.tar"))
        assert kept.stderr is not None
        if lock == "held":
            assert "waiting for linli run" in kept.stderr.readline()
            assert kept.poll() is None
    assert kept.wait(60) == 0, kept.stderr.read()
    kept.stderr.close()
    assert tree(root) == before and (root / LOCK).exists() == (lock != "never made")
    read_archive(tmp_path / "kept.tar", tmp_path / "again")
    assert set(before) - set(tree(tmp_path / "again")) == {"vault/pseudonym.key", "vault/vault.key"}


def test_stored_models_are_shown_of_a_home_that_can_only_be_read(
    home: LinliHome, tmp_path: Path
) -> None:
    if not may_mount(tmp_path):
        pytest.skip("mounting for reading alone needs rights this user has not")
    root = tmp_path / "home"
    shutil.copytree(home.root, root, symlinks=True)
    shown = on_read_only_mount(root, "models", "list")
    assert shown.stderr is not None
    with shown.stderr:
        said = shown.stderr.read()
    shown.wait(60)
    assert "no model is stored yet" in said, said
