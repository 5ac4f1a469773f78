"""One list says of every file in the exports folder what it is and what a load will do with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.ingest.exports import INGEST_ASSETS
from assets.ingest.identify_inbox import (
    InboxManifest,
    identify_inbox,
    manifest_of_run,
    store_manifest,
)
from assets.ingest.inbox_manifest import inbox_manifest
from assets.ingest.load import load
from assets.ingest.match.identification_json import (
    identification_from_json,
    identification_to_json,
)
from assets.ingest.match.identified_files import MIN_AGE_NS, FileIdentifier
from assets.ingest.match.identify_file import identify
from assets.resources.home import LinliHome
from assets.resources.readers.file_index import as_inbox_file
from data_contracts.codes.bookkeeping import FileStatus
from data_contracts.errors import ExportError
from data_contracts.exports import CHAT, ORDERS, STOCK
from data_contracts.mappings.presets import presets
from data_contracts.messages import Bilingual
from data_contracts.platform_file import FileFacts
from data_contracts.tables.bookkeeping import INBOX_MANIFEST
from tests.conftest import linli
from tests.events import QUIET, ephemeral
from tests.lake import home_at, ingest, write_export

ORDER_HEADER = [
    "order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units", "receiver_phone",
]  # fmt: skip
ORDER = ["a", "1", "2026-09-01 10:00:00", "U1", "s1", "1", "13812345678"]
FOREIGN = ["单子", "第几行", "何时", "何物", "几份", "颜色", "大小"]
MAPPING = """version,column,header,transform,value,code,note
,order_id,单子,,,,
,line_id,第几行,,,,
,ordered_at,何时,,,,
,sku_id,何物,,,,
,quantity_units,几份,,,,
"""


# A file and the pass over it that opens it.
Pass = tuple[str, str]


@pytest.fixture
def home(tmp_path: Path) -> LinliHome:
    exports = tmp_path / "exports"
    write_export(exports, "orders", ORDER_HEADER, [ORDER])
    write_export(exports, "chat", ["message_id", "13800001111"], [["m1", "13800001112"]])
    write_export(exports, "notes", ["colour", "shape"], [["red", "round"]])
    (exports / "old.xls").write_bytes(b"old")
    return home_at(tmp_path, exports)


def statuses(manifest: InboxManifest) -> dict[str, str]:
    return {entry.file.name: entry.status.value for entry in manifest.entries}


def settle(home: LinliHome) -> None:
    """Make the stored manifest look written long after its files: young marks are not trusted."""
    for path in (home.lakehouse.path(INBOX_MANIFEST) / "_delta_log").glob("*.json"):
        later = path.stat().st_mtime_ns + 2 * MIN_AGE_NS
        os.utime(path, ns=(later, later))


def names_of(opened: list[Pass]) -> set[str]:
    return {name for name, _ in opened}


def stored_rows(home: LinliHome) -> dict[str, dict[str, object]]:
    with home.lakehouse.session(INBOX_MANIFEST) as session:
        rows = session.arrow("select * from inbox_manifest").to_pylist()
    return {row["file_name"]: row for row in rows}


_PASSES = {"content_sha256", "identify"}
_opened: list[tuple[str, str, int]] = []
_watched: list[str] = []


def _note_open(event: str, arguments: tuple[Any, ...]) -> None:
    """Note who opens a watched file; a hook cannot be taken away, so it is idle between tests."""
    if event != "open" or not _watched or not isinstance(arguments[0], str | os.PathLike):
        return
    path, frame = os.fspath(arguments[0]), sys._getframe()
    if not path.startswith(_watched[0]):
        return
    while frame.f_back is not None and frame.f_code.co_name not in _PASSES:
        frame = frame.f_back
    name = frame.f_code.co_name
    _opened.append((Path(path).name, name if name in _PASSES else "", id(frame)))


sys.addaudithook(_note_open)


@contextmanager
def opens_below(folder: Path) -> Iterator[list[Pass]]:
    """What Python opens below `folder` meanwhile: file and the pass over it, each pass once."""
    _opened.clear()
    _watched.append(f"{folder}/")
    opened: list[Pass] = []
    try:
        yield opened
    finally:
        _watched.clear()
        opened += [(name, by) for name, by, _ in dict.fromkeys(_opened)]


def test_every_file_has_a_status(home: LinliHome) -> None:
    unknown = {"chat.csv": "unknown", "notes.csv": "unknown"}
    assert statuses(identify_inbox(home)) == {"orders.csv": "new"} | unknown
    assert [one.name for one in identify_inbox(home).ignored] == ["old.xls"]
    load(home, ORDERS, lambda _: None)
    shutil.copy(home.exports_dir / "orders.csv", home.exports_dir / "orders_copy.csv")
    loaded = {"orders.csv": "loaded", "orders_copy.csv": "loaded"}
    assert statuses(identify_inbox(home)) == loaded | unknown


def test_files_are_rejected_by_the_export_their_name_says(home: LinliHome) -> None:
    manifest = identify_inbox(home)
    assert [one.name for one in manifest.rejected_files(CHAT)] == ["chat.csv"]
    assert manifest.rejected_files(CHAT)[0].reason_zh.startswith("未导入：")
    assert manifest.rejected_files(STOCK) == []
    write_export(home.exports_dir, "orders_2", ["colour"], [["red"]])
    with pytest.raises(ExportError, match=r"orders_2\.csv"):
        identify_inbox(home).rejected_files(ORDERS)
    assert identify_inbox(home).new_files(STOCK) == []


def test_a_content_under_two_names_is_loaded_under_the_later_one(home: LinliHome) -> None:
    for name in ("orders_1", "orders_2"):
        write_export(home.exports_dir, name, ORDER_HEADER, [[*ORDER[:4], "s2", *ORDER[5:]]])
    manifest = identify_inbox(home)
    new = [source.file.name for source, _ in manifest.new_files(ORDERS)]
    assert new == ["orders.csv", "orders_2.csv"]
    by_name = {entry.file.name: entry for entry in manifest.entries}
    assert by_name["orders_1.csv"].status is FileStatus.NEW
    assert by_name["orders_1.csv"].sha256 == by_name["orders_2.csv"].sha256


def test_the_stored_rows_say_what_a_check_of_the_file_says(home: LinliHome) -> None:
    store_manifest(home, identify_inbox(home))
    rows = stored_rows(home)
    assert {name: row["status"] for name, row in rows.items()} == {
        "orders.csv": "new", "chat.csv": "unknown", "notes.csv": "unknown", "old.xls": "ignored",
    }  # fmt: skip
    for name in ("orders.csv", "notes.csv"):
        said = json.loads(linli("check", home.exports_dir / name, "--json").stdout)
        for column in ("export", "preset"):
            assert rows[name][column] == said.get(column), (name, column)
        assert bool(rows[name]["reason"]) == ("error" in said or rows[name]["export"] is None)
    assert rows["orders.csv"]["file_format"] == "CSV, utf-8, comma"


def test_no_stored_column_holds_a_number_of_a_person(home: LinliHome) -> None:
    store_manifest(home, identify_inbox(home))
    rows = stored_rows(home)
    assert "138****1111" in str(rows["chat.csv"]["reason"]), "the message quotes the first row"
    for row in rows.values():
        texts = [str(row[name]) for name in row if name not in ("file_mark", "file_sha256")]
        assert not re.search(r"1380000111\d|13812345678", " ".join(texts))


def test_the_manifest_of_the_run_is_the_one_stored(home: LinliHome) -> None:
    """A file that comes later belongs to the next run; what is loaded meanwhile is loaded."""
    first = identify_inbox(home)
    store_manifest(home, first)
    write_export(home.exports_dir, "stock", ["sku_id"], [["s1"]])
    again = manifest_of_run(home)
    assert [e.file for e in again.entries] == [e.file for e in first.entries]
    assert [e.source for e in again.entries] == [e.source for e in first.entries]
    assert [e.rejection for e in again.entries] == [e.rejection for e in first.entries]
    assert again.ignored == first.ignored
    load(home, ORDERS, lambda _: None, again)
    assert statuses(manifest_of_run(home))["orders.csv"] == "loaded"


@pytest.mark.parametrize("is_settled", [True, False], ids=["old files", "files just written"])
def test_an_unchanged_file_is_opened_again_only_while_its_mark_is_young(
    home: LinliHome, is_settled: bool
) -> None:
    with opens_below(home.exports_dir) as opened:
        store_manifest(home, identify_inbox(home))
    assert {"orders.csv", "chat.csv", "notes.csv"} <= names_of(opened)
    if is_settled:
        settle(home)
    with opens_below(home.exports_dir) as opened:
        identify_inbox(home)
        manifest_of_run(home)
    assert bool(opened) is not is_settled


def test_a_file_written_over_in_place_is_hashed_again(home: LinliHome) -> None:
    path = home.exports_dir / "orders.csv"
    store_manifest(home, identify_inbox(home))
    settle(home)
    before, digest = path.stat(), stored_rows(home)["orders.csv"]["file_sha256"]
    path.write_bytes(path.read_bytes().replace(b",s1,", b",s2,"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as copying tools do
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    store_manifest(home, identify_inbox(home))
    assert stored_rows(home)["orders.csv"]["file_sha256"] != digest


def test_a_changed_mapping_or_fact_makes_a_file_be_identified_again(home: LinliHome) -> None:
    row = ["a", "1", "2026-09-01 10:00:00", "s1", "1", "红", "小"]
    write_export(home.exports_dir, "单据", FOREIGN, [row])
    store_manifest(home, identify_inbox(home))
    settle(home)
    assert statuses(identify_inbox(home))["单据.csv"] == "unknown"
    mappings = home.exports_dir / "mappings"
    mappings.mkdir()
    (mappings / "own_orders.csv").write_text(MAPPING, "utf-8")
    with opens_below(home.exports_dir) as opened:
        manifest = identify_inbox(home)
    assert statuses(manifest)["单据.csv"] == "new" and "单据.csv" in names_of(opened)
    store_manifest(home, manifest)
    settle(home)
    assert stored_rows(home)["单据.csv"]["preset"] == "own"
    stated = '[[files]]\nname = "notes.csv"\nexport = "stock"\n'
    (home.exports_dir / "platform.toml").write_text(stated, "utf-8")
    with opens_below(home.exports_dir) as opened:
        identify_inbox(home)
    assert names_of(opened) == {"notes.csv", "platform.toml", "own_orders.csv"}, (
        "only what it states"
    )


def test_an_unchanged_home_is_not_written_again(home: LinliHome) -> None:
    store_manifest(home, identify_inbox(home))
    settle(home)
    log = home.lakehouse.path(INBOX_MANIFEST) / "_delta_log"
    before = len(list(log.glob("*.json")))
    store_manifest(home, identify_inbox(home))
    assert len(list(log.glob("*.json"))) == before
    (home.exports_dir / "notes.csv").unlink()
    store_manifest(home, identify_inbox(home))
    assert "notes.csv" not in stored_rows(home)


def test_a_file_loaded_by_an_earlier_version_is_listed_as_it_was_loaded(home: LinliHome) -> None:
    ingest(home)
    (home.lakehouse.root / "_contents.json").write_text("{}", "utf-8")
    manifest = identify_inbox(home)
    store_manifest(home, manifest)
    assert not (home.lakehouse.root / "_contents.json").exists()
    row = stored_rows(home)["orders.csv"]
    assert (row["status"], row["export"], row["preset"]) == ("loaded", "orders", "generic")
    assert row["header_match"] is None, "nobody has opened it"
    assert [one.file.name for one in manifest.sources_of(ORDERS)] == ["orders.csv"]
    store_manifest(home, manifest)
    assert stored_rows(home)["orders.csv"]["header_match"]


def test_a_damaged_file_is_remembered_and_an_error_of_the_system_is_not(home: LinliHome) -> None:
    """Another time the disk may answer, though the mark is the same."""
    damaged = home.exports_dir / "stock.csv.gz"
    damaged.write_bytes(b"\x1f\x8b\x08\x00 no gzip at all")
    files = {path.name: as_inbox_file(path) for path in home.exports_dir.glob("*.csv*")}
    identifier = FileIdentifier(home, {})
    for name in ("stock.csv.gz", "orders.csv"):
        assert identifier.sha256(files[name])
    (home.exports_dir / "orders.csv").unlink()
    for name, is_remembered in (("stock.csv.gz", True), ("orders.csv", False)):
        with pytest.raises(ExportError, match=name):
            identifier.identify(files[name])
        assert bool(identifier.identification(files[name])["identified_by"]) is is_remembered


def test_how_a_file_is_read_survives_being_written_as_json(
    sample_exports: Path, home: LinliHome
) -> None:
    paths = [path for path in sorted(sample_exports.iterdir()) if path.suffix in (".csv", ".gz")]
    assert len(paths) > 5
    for path in [*paths, home.exports_dir / "orders.csv"]:
        file = as_inbox_file(path)
        source = identify(file, FileFacts(file.name))
        text = identification_to_json(source, presets())
        again = identification_from_json(text, file, presets())
        assert again == source
        assert [one.zh for one in again.format.evidence if isinstance(one, Bilingual)] == [
            one.zh for one in source.format.evidence if isinstance(one, Bilingual)
        ]


def test_a_row_of_another_file_is_no_row_of_this_one(home: LinliHome) -> None:
    store_manifest(home, identify_inbox(home))
    rows = stored_rows(home)
    swapped = {"orders.csv": rows["notes.csv"] | {"file_name": "orders.csv"}}
    file = as_inbox_file(home.exports_dir / "orders.csv")
    identifier = FileIdentifier(home, swapped)
    assert identifier.sha256(file) == rows["orders.csv"]["file_sha256"]
    assert identifier.identify(file).table is ORDERS


def test_a_day_opens_a_file_to_hash_and_to_identify_once_and_an_unchanged_one_never(
    home: LinliHome,
) -> None:
    """Of the list of files and all thirteen exports, counted by the passes that open a file."""
    stock = [["W1", "s1", "2026-09-01 22:00:00", "7"]]
    write_export(
        home.exports_dir, "stock", ["warehouse_id", "sku_id", "counted_at", "on_hand_units"], stock
    )
    write_export(home.exports_dir, "products", ["sku_id", "sku_name"], [["s1", "苹果"]])
    write_export(home.exports_dir, "users", ["user_id", "joined_on"], [["U1", "2026-01-01"]])
    time.sleep(MIN_AGE_NS / 1e9)  # marks settle
    with opens_below(home.exports_dir) as opened:
        found = run_of_exports(home, "2026-09-01")["inbox_manifest"].metadata
    files = {"orders.csv", "stock.csv", "products.csv", "users.csv", "chat.csv", "notes.csv"}
    passes = Counter(one for one in opened if one[0] in files and one[1])
    assert passes == Counter((name, by) for name in files for by in ("content_sha256", "identify"))
    assert (found["files_new"].value, found["files_unknown"].value) == (4, 2)
    with opens_below(home.exports_dir) as opened:
        run_of_exports(home, "2026-09-01")
    of_files = [one for one in opened if one[0] in files]
    assert not [by for _, by in of_files if by], "nothing is hashed or identified"
    # what no export fits may be a list of people who refuse: its headers are read for that
    assert names_of(of_files) == {"chat.csv", "notes.csv"}


def run_of_exports(home: LinliHome, day: str) -> dict[str, dg.AssetMaterialization]:
    """Run the list of files and every export, as the day does."""
    ran = dg.materialize(
        [inbox_manifest, *INGEST_ASSETS],
        partition_key=day,
        resources={"linli": home},
        instance=ephemeral(),
        run_config=QUIET,
    )
    assert ran.success
    return {
        event.asset_key.to_user_string(): event.materialization
        for event in ran.get_asset_materialization_events()
        if event.asset_key
    }
