"""Forgetting somebody whose rows were handed back, whatever became of the files meanwhile."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from assets.ingest.load import load
from assets.ingest.quarantine.rejected_files import quarantine_files
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import QueryError, Session
from data_contracts.exports import ORDERS
from tests.conftest import linli
from tests.lake import copy_of, give_key, home_with, named, write_export

HEADER = (
    *("order_id", "line_id", "ordered_at", "user_id", "sku_id", "quantity_units"),
    *("unit_price_yuan", "receiver_name", "receiver_phone", "receiver_address"),
)
PHONE, NAME, DOOR = "13812345678", "王小明", "杭州市枫林苑1幢101室"
THEIRS = [
    ("U000001", "", "", ""),
    ("", NAME, "", DOOR),
    ("", "", "138-1234-5678", ""),
    ("U000002", "李雷", "+86 138 1234 5678", ""),
    ("", "", "1.3812345678E+10", ""),
    ("", "", "１３８１２３４５６７８", ""),
    ("", f"{NAME}（收）", "", ""),
    ("U000002", NAME, "", "浙江省杭州市枫林苑1幢101室"),
]
OTHERS = [
    ("", NAME, "13911112222", ""),
    ("U000002", NAME, "", ""),
    ("U000002", "王小明月", "13700000000", "杭州市枫林苑2幢"),
    ("", "王明", "", ""),
]


def line(number: int, user: str, name: str, phone: str, door: str, order: str = ""):
    at = "2026-10-01 10:00:00"
    return (order, f"L{number}", at, user, "S1", "2", "5.00", name, phone, door)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """One good row of each person; of the bad ones eight are about the first."""
    good = [
        line(1, "U000001", NAME, PHONE, DOOR, "A1"),
        line(2, "U000002", "李雷", "13700000000", "杭州市枫林苑2幢", "B1"),
    ]
    bad = [line(number, *row) for number, row in enumerate([*THEIRS, *OTHERS], 3)]
    folder = tmp_path_factory.mktemp("loaded")
    give_key(folder / "home")
    return home_with(folder, {"orders": (HEADER, [*good, *bad])})


@pytest.fixture
def home(loaded: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(loaded, tmp_path)


def forget(home: LinliHome, user: str = "U000001"):
    return linli("forget", user, "--yes", "--home", home.home, "--exports", home.exports)


def rows_set_aside(home: LinliHome) -> list[int]:
    with home.lakehouse.session() as session:
        found = session.rows("select row_number from quarantine order by 1")
        (read, kept), *_ = session.rows(
            "select sum(rows_read)::bigint, sum(rows_loaded + rows_quarantined + rows_duplicate "
            "+ rows_superseded + rows_forgotten)::bigint from ingest_ledger"
        )
    assert read == kept
    return [row[0] for row in found]


def the_hand_back(home: LinliHome) -> Path:
    (path,) = (home.root / "quarantine").iterdir()
    return path


def as_it_is(path: Path) -> None:
    pass


def as_gb18030(path: Path) -> None:
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)


def as_utf16(path: Path) -> None:
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    with path.open("w", encoding="utf-16", newline="") as stream:
        csv.writer(stream, delimiter="\t").writerows(rows)


def as_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("退回")
    for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"))):
        cells = [cell.strip("\t") for cell in row]
        sheet.append([int(cell) if cell.isdigit() and len(cell) < 12 else cell for cell in cells])
    book.save(path.with_suffix(".xlsx"))
    path.unlink()


def as_broken_text(path: Path) -> None:
    """A quote left open and a line of another encoding: no table any more."""
    text = path.read_text("utf-8-sig").encode()
    path.write_bytes(text + 'x,"open,,,,,,李雷\r\n'.encode() + "备注,无\r\n".encode("gb18030"))


@pytest.mark.parametrize(
    "saved", [as_it_is, as_gb18030, as_utf16, as_workbook, as_broken_text], ids=lambda f: f.__name__
)
def test_their_lines_leave_the_file_and_the_table(
    home: LinliHome, saved: Callable[[Path], None]
) -> None:
    saved(the_hand_back(home))
    result = forget(home)
    assert result.exit_code == 0, result.output
    assert "nothing names this person" in result.output
    stays = [2 + len(THEIRS) + place for place in range(1, len(OTHERS) + 1)]
    assert rows_set_aside(home) == stays
    (file,), unread = quarantine_files(home.root)
    assert unread == [] and file.path.stat().st_mode & 0o077 == 0
    assert [line.key[2] for line in file.lines() if line.key] == stays
    said = ["|".join(line.cells) for line in file.lines()]
    assert not any(PHONE in text or DOOR in text for text in said)
    assert forget(home).exit_code == 0


@pytest.mark.parametrize("asked", ["+86 138 1234 5678", PHONE, "１３８-1234-5678", NAME, DOOR])
def test_a_phone_or_a_name_removes_nobody_and_says_which_ids_to_ask_for(
    loaded: LinliHome, asked: str
) -> None:
    result = forget(loaded, asked)
    said = " ".join(result.output.split())
    assert result.exit_code == 1, said
    assert named("U000001") in said and named("U000002") not in said
    assert "nothing is removed" in said and "nothing names" not in said
    assert loaded.vault.forgotten() == () and len(rows_set_aside(loaded)) == 12


def test_a_pseudonym_asks_for_its_person(home: LinliHome) -> None:
    result = forget(home, named("U000001"))  # as lists and tables write it
    assert result.exit_code == 0 and "nothing names this person" in result.output
    assert home.vault.forgotten() == (named("U000001"),)
    again = forget(home)
    assert again.exit_code == 0 and "nothing was removed" in again.output
    unknown = forget(home, "13500000000")  # a phone nobody has
    assert unknown.exit_code == 0 and "nothing names this person" not in unknown.output


def test_no_file_in_the_folder_stops_a_removal_or_a_load(home: LinliHome) -> None:
    folder = the_hand_back(home).parent
    (folder / "giant.csv").write_text("a,b\n" + "x" * 140_000 + ",1\n", "utf-8")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "empty_退回.csv").write_bytes(b"")
    (folder / "foreign.csv").write_text("商品;价格\n苹果;3,5\n", "utf-8")
    (folder / "junk.csv").write_bytes(bytes(range(256)) * 50)
    (folder / "junk_退回.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 50)
    (folder / "one.parquet").write_bytes(b"PAR1 and no more")
    (folder / "folder.csv").mkdir()
    (folder / "folder.csv" / "notes.txt").write_text("nothing here", "utf-8")
    (folder / "gone.csv").symlink_to(folder / "nowhere.csv")
    shut = folder / "shut.csv"
    shut.write_text("a,b\n1,2\n", "utf-8")
    shut.chmod(0)
    result = forget(home)
    assert result.exit_code == 0, result.output
    assert "nothing names this person" in result.output
    write_export(home.exports_dir, "orders_2", HEADER, [line(1, "U000002", "", "", "", "C1")])
    assert load(home, ORDERS, lambda _: None).new_files == 1


def test_a_foreign_file_that_names_them_is_named_and_stops_nothing(home: LinliHome) -> None:
    folder = the_hand_back(home).parent
    notes = {
        "list.csv": f"姓名;电话\n{NAME};138 1234 5678\n".encode("gb18030"),
        "junk.bin": b"\x00\xff" * 99 + f"住址:{DOOR}".encode("utf-16-le"),
        "old.json": ('{"to": "' + DOOR.encode("unicode_escape").decode() + '"}').encode(),
        "near.txt": "a name alone, 王小明 perhaps another".encode(),
    }
    for name, content in notes.items():
        (folder / name).write_bytes(content)
    result = forget(home)
    assert result.exit_code == 1
    named = {text for text in notes if f"still named in quarantine/{text}" in result.output}
    assert named == {"list.csv", "junk.bin", "old.json"}
    assert "the same name is in quarantine/near.txt" in result.output
    assert PHONE not in result.output and NAME not in result.output
    assert all((folder / name).read_bytes() == content for name, content in notes.items())
    write_export(home.exports_dir, "orders_2", HEADER, [line(1, "U000002", "", "", "", "C1")])
    assert load(home, ORDERS, lambda _: None).new_files == 1


def test_a_phone_under_two_ids_leaves_the_other_id_alone(tmp_path: Path) -> None:
    give_key(tmp_path / "home")
    rows = [
        line(1, "U000001", NAME, PHONE, DOOR, "A1"),
        line(2, "U000002", "韩梅", f"+86{PHONE}", DOOR, "B1"),
        line(3, "U000002", "韩梅", PHONE, DOOR),
        line(4, "", "", PHONE, ""),
    ]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    result = forget(home)
    assert result.exit_code == 0, result.output
    assert rows_set_aside(home) == [3]
    assert "other ids have the same phone or address" in result.output


def test_a_hand_back_that_is_no_table_any_more_stops_no_load(home: LinliHome) -> None:
    """Of a file that is gone the rows are taken from the earlier hand-back, and none is lost."""
    path = the_hand_back(home)
    as_gb18030(path)
    (home.exports_dir / "orders.csv").write_text(
        ",".join(HEADER) + "\n" + ",".join(line(1, "U000003", "", "", "", "D1")) + "\n"
        + ",".join(line(2, "U000003", "", "", "")) + "\n", "utf-8"
    )  # fmt: skip
    load(home, ORDERS, lambda _: None)
    path.write_bytes(b"\x00\xff" * 200)
    write_export(home.exports_dir, "orders", HEADER, [line(3, "U000003", "", "", "")] * 2)
    load(home, ORDERS, lambda _: None)
    path.unlink()
    path.mkdir()
    write_export(home.exports_dir, "orders", HEADER, [line(4, "U000003", "", "", "")])
    load(home, ORDERS, lambda _: None)
    assert path.is_file() and rows_set_aside(home) == [1]


def test_debug_shows_where_it_failed_and_nobodys_values(
    home: LinliHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Session, *_: object, **__: object) -> int:
        raise QueryError(f"Binder Error\n--- the SQL that failed ---\nselect '{PHONE}'")

    monkeypatch.setattr(Session, "scalar", failing)
    for debug in ((), ("--debug",)):
        result = linli("forget", "U000001", "--yes", "--home", home.home, *debug)
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
        assert "QueryError" in result.output and PHONE not in result.output
        assert ("commands/forget.py" in result.output) is bool(debug)


NAMED = [
    ("quarantine", f"订单_{PHONE}_退回.csv", True),
    ("quarantine", "U000001.csv", True),
    ("quarantine", "客户 138-1234-5678.txt", True),
    ("quarantine", "导出_U000001_10月.xlsx", True),
    (f"quarantine/{PHONE}", "lines.csv", True),
    ("reports", f"{PHONE}.html", True),
    ("quarantine", "订单_13700000000_退回.csv", False),
    ("quarantine", f"{PHONE}0.csv", False),
    ("quarantine", "XU0000012.csv", False),
]


@pytest.mark.parametrize(("folder", "name", "is_theirs"), NAMED)
def test_a_file_whose_name_names_them_is_named(
    home: LinliHome, folder: str, name: str, is_theirs: bool
) -> None:
    """Whatever stands in it: others see the name without opening it."""
    path = home.root / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("nothing here", "utf-8")
    result = forget(home)
    said = " ".join(result.output.split())
    assert (f"still named in {folder}/{name}" in said) is is_theirs, result.output
    assert result.exit_code == int(is_theirs)
    assert path.is_file()


def test_export_files_whose_name_names_them_are_theirs_to_change(home: LinliHome) -> None:
    (home.exports_dir / f"退款申请 {PHONE}.pdf").write_bytes(b"%PDF")
    (home.exports_dir / "订单 13700000000.pdf").write_bytes(b"%PDF")
    result = forget(home)
    said = " ".join(result.output.split())
    assert f"退款申请 {PHONE}.pdf" in said and "13700000000" not in said
    assert result.exit_code == 0
