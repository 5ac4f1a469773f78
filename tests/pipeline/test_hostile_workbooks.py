"""Workbooks that would fill the memory, hide rows, or show what they do not hold."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from assets.resources.readers import limits
from tests.conftest import linli
from tests.lake import ingest
from tests.pipeline.hostile_files import (
    HEADER,
    lines,
    orders,
    put,
    refused,
    set_aside,
    workbook,
)


def crossed(content: bytes, part: bytes, by: bytes) -> bytes:
    assert part in content
    return content.replace(part, by)


def changed(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Write the workbook anew with its parts changed."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, change(name, content))


def far_cell(name: str, content: bytes) -> bytes:
    if not name.startswith("xl/worksheets/"):
        return content
    return crossed(crossed(content, b'r="A3"', b'r="XFD1048576"'), b'r="3"', b'r="1048576"')


def far_cells_without_a_place(name: str, content: bytes) -> bytes:
    if not name.startswith("xl/worksheets/"):
        return content
    wide = b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    return crossed(
        content, b"</sheetData>", wide + b'<row r="1048576"><c><v>1</v></c></row></sheetData>'
    )


def long_text_on_every_row(name: str, content: bytes) -> bytes:
    if name == "xl/sharedStrings.xml":
        return crossed(content, b"s1<", b"x" * 1_000_000 + b"<")
    return content


def laughs(name: str, content: bytes) -> bytes:
    if name != "xl/sharedStrings.xml":
        return content
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    document = f'?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>'.encode()
    return crossed(content, b"o1<", b"&a9;<").replace(b"?>", document, 1)


def outside(name: str, content: bytes) -> bytes:
    if name != "xl/sharedStrings.xml":
        return content
    document = b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return crossed(content, b"o1<", b"&e;<").replace(b"?>", document, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (far_cell, "takes more than 1 GiB of memory to open: cells far outside the table"),
        (far_cells_without_a_place, "delete what lies outside the table, or export it as CSV"),
        (long_text_on_every_row, "a long text repeated on every row, or too many rows; delete"),
        (laughs, "cannot be opened as a workbook"),
        (outside, "cannot be opened as a workbook"),
    ],
)
def test_a_workbook_that_would_fill_the_memory_is_refused(
    tmp_path: Path,
    change: Callable[[str, bytes], bytes],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_WORKBOOK_BYTES", 1 << 30)
    home, path = put(tmp_path, "orders.xlsx", b"")
    workbook(path, [HEADER, *lines(2_000 if change is long_text_on_every_row else 3)])
    changed(path, change)
    assert path.stat().st_size < 200_000
    assert message in refused(home, path)


def test_a_workbook_behind_a_password_is_refused_with_the_mend(tmp_path: Path) -> None:
    home, path = put(tmp_path, "orders.xlsx", b"")
    workbook(path, [HEADER, *lines()])
    content = path.read_bytes()
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = content.split(signature)
        content = signature.join(
            [parts[0], *(part[: place - 4] + b"\x01" + part[place - 3 :] for part in parts[1:])]
        )
    path.write_bytes(content)
    assert "password-protected; save it without a password" in refused(home, path)


def test_the_sheet_with_the_table_is_read_and_the_others_named(tmp_path: Path) -> None:
    home, path = put(tmp_path, "orders.xlsx", b"")
    cover, notes = [["导出人", "某"], ["时间", "今"]], [[str(n), "a", "b"] for n in range(9)]
    workbook(path, notes, cover, [["订单"], [], HEADER, *lines()], hidden=(0,))
    said = linli("check", path).output
    assert "sheet 表2" in said and "not read: sheet 表0 (hidden), 表1" in said
    ingest(home)
    assert [row[0] for row in orders(home)] == ["o0", "o1", "o2"]


def test_a_table_over_two_sheets_is_not_loaded_by_half(tmp_path: Path) -> None:
    home, path = put(tmp_path, "orders.xlsx", b"")
    workbook(path, [HEADER, *lines()], [HEADER, *lines(3, "p")])
    ingest(home)
    assert [row[0] for row in orders(home)] == ["o0", "o1", "o2", "p0", "p1", "p2"]
    stated = '[[files]]\nname = "orders.xlsx"\nsheet = "表1"\n'
    path.with_name("platform.toml").write_text(stated, "utf-8")
    assert "not read: sheet 表0" in linli("check", path).output


def test_cells_that_only_seem_empty_are_set_aside(tmp_path: Path) -> None:
    home, path = put(tmp_path, "orders.xlsx", b"")
    header = [*HEADER, "refund_yuan", "备注"]
    rows = [[*line, None, "=1+1"] for line in lines(5)]
    rows[1][4] = "#N/A"
    rows[3][5] = "=SUM(A1:A2)"
    book = openpyxl.Workbook()
    for row in [header, *rows]:
        book.active.append(row)
    book.active["E3"].data_type = "e"
    book.save(path)
    ingest(home)
    assert set_aside(home) == [(2, "quantity_units.error_cell"), (4, "row.formula")]
    assert len(orders(home)) == 3, "a column nobody reads may hold what it will"
    assert ") shows an error such as #N/A; correct its formula" in linli("check", path).output
