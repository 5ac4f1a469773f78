"""What a broken or hostile file may do: set rows aside or be refused in one line, nothing else."""

from __future__ import annotations

import gzip
import os
import signal
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from assets.resources.readers import limits
from assets.resources.readers.detect import detect
from assets.resources.readers.file_index import (
    as_inbox_file,
    assert_unchanged,
    list_files,
)
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.workbook.size_guard import workbook_refusal
from data_contracts.errors import ExportError
from tests.unit.test_inbox_rows import read, workbook


def codes(path: Path) -> tuple[list[int], list[tuple[int, str]]]:
    rows, found = read(path)
    return (
        [row["row_number"] for row in found],
        [(row.row_number, row.code) for row in rows.malformed],
    )


SET_ASIDE = [
    ("a NUL byte", b"a,b\n1,2\n3,\x004\n5,6\n", [(2, "row.nul")]),
    (
        "a cell of ten megabytes",
        b"a,b\n1,2\n3," + b"x" * 10_000_000 + b"\n5,6\n",
        [(2, "row.too_long")],
    ),
    (
        "a cell of two megabytes",
        b"a,b\n1,2\n3," + b"x" * 2_000_000 + b"\n5,6\n",
        [(2, "row.too_long")],
    ),
    ("too many fields", b"a,b\n1,2\n3,4,5\n5,6\n", [(2, "row.fields")]),
]


@pytest.mark.parametrize(
    ("content", "aside"), [case[1:] for case in SET_ASIDE], ids=[c[0] for c in SET_ASIDE]
)
def test_a_bad_row_is_set_aside_and_its_neighbours_read(
    tmp_path: Path, content: bytes, aside: list[tuple[int, str]]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert codes(path) == ([1, 3], aside)


def test_lone_carriage_returns_end_rows_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r1,2\r3,4\r")
    assert codes(path) == ([1, 2], [])


def test_a_bad_block_in_the_middle_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    half = b"".join(b"%d,%s\n" % (number, b"x" * 200) for number in range(1, 30_001))
    path.write_bytes(b"a,b\n" + half + b"nul,\x00\n" + half)
    numbers, aside = codes(path)
    assert aside == [(30_001, "row.nul")]
    assert numbers == [*range(1, 30_001), *range(30_002, 60_002)]


def test_a_giant_cell_shifts_no_number_in_the_blocks_after_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = b"".join(b"%d,%s\n" % (number, b"x" * 200) for number in range(40_000))
    path.write_bytes(b"a,b\n1,2\n3," + b"x" * 2_000_000 + b"\n" + rows + b"3\n" + rows)
    numbers, aside = codes(path)
    assert aside == [(2, "row.too_long"), (40_003, "row.fields")]
    assert numbers == [1, *range(3, 40_003), *range(40_004, 80_004)]


def test_a_quote_that_swallows_more_than_is_held_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_RECORD_CHARACTERS", 1_000)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n3,\0\n4,5\n" + b'6,"7\n' + b"8,9\n" * 1_000)
    with pytest.raises(ExportError, match="a quote opened in data row 4 is never closed"):
        read(path)


def test_a_parquet_file_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RATIO_COUNTS_FROM_BYTES", 1 << 20)
    path = tmp_path / "a.parquet"
    texts = [str(n).zfill(10_000) for n in range(1_000)]
    pq.write_table(pa.table({"a": texts}), path, compression="zstd", use_dictionary=False)
    with pytest.raises(ExportError, match="unpacks to more than 200 times its size"):
        read(path)


def test_one_long_text_on_every_row_of_a_parquet_file_goes_on_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 200, pa.int32()), ["x" * 1_000_000])
    pq.write_table(pa.table({"a": texts}), path)
    rows = open_rows(path, detect(path), name="a")
    sizes = [batch.num_rows for batch in rows.reader(["a"])]
    assert sum(sizes) == 200 and max(sizes) <= limits.BATCH_CHARACTERS // 1_000_000 + 1


def bomb(path: Path, size: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry:
            for _ in range(size >> 20):
                entry.write(b"0" * (1 << 20))
    return path


def entities(path: Path) -> Path:
    """A sheet whose entities unpack to a billion letters."""
    book = workbook(path.with_name("source.xlsx"))
    lines = ['<!DOCTYPE x [<!ENTITY a0 "lol">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/sharedStrings.xml":
                content = ("".join(lines) + "]>").encode() + content.replace(
                    b"\xe8\x8b\xb9", b"&a9;"
                )
            target.writestr(name, content)
    book.unlink()
    return path


REFUSED = [
    ("nothing", b"", "the file is empty"),
    ("an open quote", b'a,b\n1,2\n3,"x\n5,6\n', "a quote opened in data row 2 is never closed"),
    (
        "a stray byte",
        "a,b\n1,中文\n3,".encode() + b"\xff\n5,6\n",
        "line 3 cannot be decoded as utf-8",
    ),
    ("the same header twice", b"a,a\n1,2\n", "the header 'a' occurs twice"),
    ("too many columns", b",".join(b"c%d" % n for n in range(5000)) + b"\n", "5,000 columns"),
    (
        "gzip cut off",
        gzip.compress(
            b"".join(b"a%d,b%d\n" % (n, n * 7919 % 10007) for n in range(50000)), mtime=0
        )[:-20],
        "is incomplete",
    ),
    ("an old workbook", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old or encrypted Excel file"),
    (
        "a web page",
        b"<html><table><tr><td>1</td></tr></table>",
        "a web page with a wrong extension",
    ),
    ("a zip", b"PK\x03\x04" + b"\0" * 60, "a damaged workbook"),
    ("broken Parquet", b"PAR1" + b"\0" * 60, "cannot be read as Parquet"),
]


@pytest.mark.parametrize(
    ("content", "message"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(ExportError) as caught:
        read(path)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith("orders.csv: ")


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="more than a workbook may"):
        detect(bomb(tmp_path / "a.xlsx", limits.RATIO_COUNTS_FROM_BYTES + (64 << 20)))


def repeated_text(path: Path) -> Path:
    """Write a workbook that shows one text of a megabyte on 400 rows of its second sheet."""
    book = xlsxwriter.Workbook(str(path))
    chart = book.add_chart({"type": "line"})
    first, second = book.add_worksheet("订单"), book.add_worksheet("备注")
    first.write_row(0, 0, ["订单编号", "数量"])
    first.write_row(1, 0, ["1", 2])
    chart.add_series({"values": "=订单!$B$2:$B$2"})
    book.add_chartsheet("图").set_chart(chart)
    for row in range(400):
        second.write_row(row, 0, ["x", "y"])
    book.close()
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    texts = "xl/sharedStrings.xml"
    parts[texts] = parts[texts].replace(b">y<", b">" + b"y" * (1 << 20) + b"<")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


def test_a_workbook_that_takes_more_memory_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = repeated_text(tmp_path / "a.xlsx")
    assert path.stat().st_size < 20_000
    assert detect(path).sheet == "订单"
    monkeypatch.setattr(limits, "MAX_WORKBOOK_BYTES", 256 << 20)
    with pytest.raises(
        ExportError, match=r"a\.xlsx: takes more than 0\.25 GiB of memory"
    ) as caught:
        detect(path)
    assert "\n" not in str(caught.value)
    assert detect(workbook(tmp_path / "b.xlsx")).sheet == "订单"


def test_a_workbook_that_takes_longer_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_WORKBOOK_CPU_SECONDS", 1)
    book = workbook(tmp_path / "source.xlsx")
    path = tmp_path / "a.xlsx"
    with (
        zipfile.ZipFile(book) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/sharedStrings.xml":
                content = content.replace(b"</sst>", b"<si/>" * 30_000_000 + b"</sst>")
            target.writestr(name, content)
    with pytest.raises(ExportError, match="takes more than 1 seconds to open; export it as CSV"):
        detect(path)


@pytest.mark.parametrize(
    ("returncode", "message"),
    [
        (3, "of memory to open"),
        (-signal.SIGABRT, "of memory to open"),
        (-signal.SIGKILL, "of memory to open"),
        (-signal.SIGXCPU, "seconds to open"),
        (-signal.SIGSEGV, "it ends the program that opens it"),
        (1, "it ends the program that opens it"),
    ],
)
def test_the_end_of_the_trial_says_why_a_workbook_is_refused(returncode: int, message: str) -> None:
    refusal = workbook_refusal(returncode, "a.xlsx")
    assert message in str(refusal)


def test_entities_of_a_workbook_are_not_unpacked(tmp_path: Path) -> None:
    try:
        rows, found = read(entities(tmp_path / "a.xlsx"))
    except ExportError:
        return
    assert all(len(str(cell)) < 1000 for row in found for cell in row.values()), rows.name


def test_headers_are_names_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('"x""; drop table orders; --","a\nb",=1+1\n1,2,3\n', "utf-8")
    rows, found = read(path)
    assert rows.header == ['x"; drop table orders; --', "a b", "=1+1"]
    assert found[0]["=1+1"] == "3"


def test_only_regular_files_inside_the_folder_are_seen(tmp_path: Path) -> None:
    exports, outside = tmp_path / "exports", tmp_path / "outside"
    exports.mkdir()
    outside.mkdir()
    (outside / "secret.csv").write_text("a\n1\n", "utf-8")
    (exports / "it's \"../odd\u202e.csv".replace("/", "_")).write_text("a\n1\n", "utf-8")
    (exports / "link.csv").symlink_to(outside / "secret.csv")
    (exports / "folder").symlink_to(outside)
    (exports / "gone.csv").symlink_to(exports / "nowhere.csv")
    os.mkfifo(exports / "pipe.csv")
    (exports / "orders.csv.part").write_text("a", "utf-8")
    (exports / "~$orders.xlsx").write_text("a", "utf-8")
    (exports / "orders.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    files, ignored = list_files(exports)
    assert [file.path.name for file in files] == ["it's \".._odd\u202e.csv"]
    said = {item.name: item.reason for item in ignored}
    assert "link out of the exports folder" in said["link.csv"]
    assert set(said) == {
        "folder", "gone.csv", "link.csv", "orders.csv.part", "orders.xls", "pipe.csv",
    }  # fmt: skip


def test_a_file_still_being_written_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("a\n1\n", "utf-8")
    file = as_inbox_file(path)
    assert_unchanged(file)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("2\n")
    with pytest.raises(ExportError, match="changed while it was read; nothing was loaded"):
        assert_unchanged(file)
    path.unlink()
    with pytest.raises(ExportError, match="disappeared while it was read"):
        assert_unchanged(file)


def test_opening_costs_no_more_than_the_head_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 10)
    assert open_rows(path, detect(path), name="a").header == ["a", "b"]
