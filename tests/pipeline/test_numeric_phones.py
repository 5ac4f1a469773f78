"""Phones that a sheet or a program held as numbers: every digit, or none."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.framework.day_asset import DayRun
from assets.ingest.reading_notes import note_repairs
from data_contracts.exports import USERS
from tests.staging import Read, read_file, staged

STYLE, LOST = ("phone", "phone_style"), ("phone", "lost_digits")
ONE, OTHER = "138****1111", "138****1112"


def users(folder: Path, phones: list[str]) -> Read:
    """Read a file of users with these phones."""
    rows = [f'U{n},"{phone}"\n' for n, phone in enumerate(phones)]
    path = folder / "users.csv"
    path.write_text("".join(["用户编号,手机号\n", *rows]), "utf-8")
    return read_file(path, "phone")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("13800001111.0", ONE),
        ("+8613800001111.00", ONE),
        ("8.613800001111e12", ONE),
        ("1.3800001111E10", ONE),
        ("1.38000011110E+10", ONE),
        ("1.3800001111000000E+10", ONE),
        ("13,800,001,111", ONE),
        ("１３８００００１１１１", ONE),
        ("1.38E+10", None),
        ("1.38E10", None),  # nobody has a phone of eight zeros
        ("1.380000111E+10", None),
        ("8.61380000111E+12", None),
        ("1.38000011111E10", None),  # more digits than a phone of that size has
        ("1.2E+30", None),
    ],
    ids=map(str, range(14)),
)
def test_a_phone_held_as_a_number_is_read_whole_or_not_at_all(
    tmp_path: Path, written: str, read: str | None
) -> None:
    found = users(tmp_path, [written, "13800001112"])
    assert found.good == [(read,), (OTHER,)] and not found.aside
    assert found.repairs == {(STYLE if read else LOST): 1}


def test_zeros_a_program_left_out_are_known_by_other_phones_of_the_column(tmp_path: Path) -> None:
    found = users(tmp_path, ["1.380000111E10", "1.3800001112E10", "1.38E10", "1.380000111E+10"])
    assert found.good == [("138****1110",), (OTHER,), (None,), (None,)]
    assert found.repairs == {STYLE: 2, LOST: 2}


def test_other_ways_to_write_a_phone_stay(tmp_path: Path) -> None:
    kept = ["138-0000-1111", "+86 138 0000 1111", "138.0000.1111", "13800001111, 13900002222"]
    found = users(tmp_path, kept)
    assert [row[0] for row in found.good] == [ONE, ONE, ONE, "139****2222"]
    assert not found.repairs


@pytest.mark.parametrize("kind", ["xlsx", "jsonl", "parquet", "float32"])
def test_a_phone_column_of_numbers_is_read_in_every_format(tmp_path: Path, kind: str) -> None:
    phones = [13800001111.0, 8613800001112.0]
    path = tmp_path / f"users.{'parquet' if kind == 'float32' else kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [("用户编号", "手机号"), *((f"U{n}", one) for n, one in enumerate(phones))]:
            book.active.append(row)
        book.save(path)
    elif kind == "jsonl":
        rows = [{"user_id": f"U{n}", "phone": one} for n, one in enumerate(phones)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    else:
        type_ = pa.float32() if kind == "float32" else pa.float64()
        pq.write_table(pa.table({"user_id": ["U0", "U1"], "phone": pa.array(phones, type_)}), path)
    found = read_file(path, "phone")
    assert found.good == ([(None,)] * 2 if kind == "float32" else [(ONE,), (OTHER,)])


def test_the_receiver_s_phone_is_read_like_the_user_s(tmp_path: Path) -> None:
    head = "订单编号,订单行号,下单时间,商品编码,数量,单价,用户编号,收货电话\n"
    lines = ["A1,1,2026-09-01 10:00:00,S1,2,4,U1,13800001111.0\n"]
    lines += ["A2,1,2026-09-01 10:00:00,S1,2,4,U1,1.38E+10\n"]
    made, rows = staged(tmp_path, "orders.csv", head + "".join(lines))
    assert [row["receiver_phone"] for row in rows] == [ONE, None]
    assert {(row["column_name"], row["kind"]) for row in made.repairs.to_pylist()} == {
        ("receiver_phone", "phone_style"),
        ("receiver_phone", "lost_digits"),
    }


def test_the_run_card_says_how_many_phones_were_lost() -> None:
    found = [("phone", "lost_digits", "a.csv", 2), ("phone", "lost_digits", "b.csv", 1)]
    session = SimpleNamespace(rows=lambda *_, **__: found)
    lake = SimpleNamespace(session=lambda *_: nullcontext(session))
    notes: list[tuple] = []
    run = SimpleNamespace(lake=lake, fallback=lambda *words: notes.append(words))
    note_repairs(cast(DayRun, run), USERS)
    assert [(code, english.split("; ")[0].split(": ")[-1]) for code, english, _ in notes] == [
        ("lost_phones", "手机号 3")
    ]
