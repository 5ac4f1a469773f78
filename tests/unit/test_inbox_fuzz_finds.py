"""What the fuzzers found, each kept as the smallest input that showed it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from assets.resources.readers.delimited.stream import END
from assets.resources.readers.json_lines.records import records_of
from data_contracts.errors import ExportError
from data_contracts.mappings.presets import read_mapping
from data_contracts.platform_file import Platform
from tests.unit.test_inbox_rows import read, workbook


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_rows_that_end_with_a_tab_more_are_read(tmp_path: Path) -> None:
    rows, found = read(written(tmp_path / "a.tsv", b"a\tb\n1\t2\n3\t4\t\n5\t6\t\t\r\n"))
    assert [row["b"] for row in found] == ["2", "4", "6"]
    assert rows.malformed == []


def test_a_mark_within_the_first_row_stays_in_its_cell(tmp_path: Path) -> None:
    """As in files put together with `copy a.csv+b.csv`."""
    path = tmp_path / "a.csv"
    assert read(written(path, b"a,b\n\xef\xbb\xbf1,2\n"))[1][0]["a"] == "\ufeff1"
    rows, found = read(written(path, b"a,b\n\xef\xbb\xbf\n"))
    assert (found, [row.code for row in rows.malformed]) == ([], ["row.fields"])


@pytest.mark.parametrize("nul", [b"", b"\0"])
def test_the_length_of_a_cell_is_counted_in_characters(tmp_path: Path, nul: bytes) -> None:
    """By both readers: a NUL calls the careful one."""
    cell = "苹".encode() * 400_000
    rows, found = read(written(tmp_path / "a.csv", b"a,b\n1," + cell + b"\n2," + nul + b"\n"))
    assert len(found[0]["b"]) == 400_000
    assert [row.code for row in rows.malformed] == (["row.nul"] if nul else [])


def test_a_number_cut_by_a_block_is_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.resources.readers.json_lines.records._BLOCK_CHARACTERS", 1)
    values = records_of(io.BytesIO(b"[0.5,-1e3,12]"), "utf-8", lambda _: None)
    assert [value for value, _ in values] == ["0.5", "-1e3", "12"]


def test_the_mark_of_the_end_cannot_be_known_beforehand(tmp_path: Path) -> None:
    """It was a constant, and a row that was it ended the file."""
    path = written(tmp_path / "a.csv", b"a\n1\nlinli\x1fend\x1fof\x1ffile\n2\n\0\n")
    rows, found = read(path)
    assert len(found) == 3 and len(rows.malformed) == 1
    assert len(END) > 32


def test_a_workbook_of_an_unknown_encoding_is_no_crash(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            changed = content.replace(b"UTF-8", b"YTF-8") if name == "xl/workbook.xml" else content
            book.writestr(name, changed)
    try:
        _, found = read(path)
    except ExportError as error:
        assert "\n" not in str(error)
    else:
        assert len(found) == 2


MAPPING = b"version,column,header,transform,value,code,note\n"


def test_a_mapping_may_leave_out_the_cells_at_the_end_of_its_rows(tmp_path: Path) -> None:
    path = written(tmp_path / "own_orders.csv", MAPPING + b"1,order_id,no\n1,?\n1,sku_id,s,,\n")
    assert set(read_mapping(path).sources) == {"order_id", "sku_id"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (b"1,order_total_yuan,t,,x,y\n", "row 2: order_total_yuan is an amount"),
        (b"1,order_id,no,,,," + b"x" * (1 << 26) + b"\n", "cannot be read as CSV"),
        (b"1,order_id\n", "row 2: header is empty"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, rows: bytes, message: str
) -> None:
    path = written(tmp_path / "own_orders.csv", MAPPING + rows)
    with pytest.raises(ValueError, match=message) as caught:
        read_mapping(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["cutoff", "utc_offset"])
def test_a_value_over_two_lines_is_refused_on_one(key: str) -> None:
    with pytest.raises(ValueError, match=f"{key} = ") as caught:
        Platform.from_toml(f'{key} = """a\nb"""')
    assert "\n" not in str(caught.value)


def test_whatever_a_platform_is_called_it_reads_back() -> None:
    platform = Platform(name='a"\\\n\t\x00\x7f\x85苹', notes=("x\ry",), sku_renames={"a\nb": "c"})
    assert Platform.from_toml(platform.to_toml()) == platform
