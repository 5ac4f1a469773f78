"""Names, links and formulas that mean something elsewhere; files that change; loads that race."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import assets.ingest.load as loading
from assets.ingest.load import load
from assets.ingest.quarantine.write_rejected_rows import rejected_rows_path
from data_contracts.errors import ExportError
from data_contracts.exports import ORDERS
from tests.conftest import linli
from tests.lake import TEST_KEY, ingest, write_export
from tests.pipeline.hostile_files import (
    HEADER,
    accounts,
    home_of,
    lines,
    orders,
    put,
    set_aside,
    text,
)

EARLY = "2020-01-01"  # a day before all orders: the exports are read, and nothing is run
ODD_NAMES = [
    "orders 'q' \"d\".csv", "orders $x.csv", "orders $export $shas $gone.csv",
    "orders {} {0} %s %(a)s.csv", "orders \\ back.csv", "orders ..%2f..%2f.csv",
    "orders;drop table orders--.csv", "orders [red] *?.csv", "orders =1+1.csv", "订单＄.csv",
    "orders " + "长" * 78 + ".csv", "orders/a..b.csv", "orders.csv/orders.csv",
]  # fmt: skip


def test_files_of_any_name_are_loaded_under_their_name(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    for place, name in enumerate(ODD_NAMES):
        path = home.exports_dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text([*lines(2, f"{place}-"), ["", *lines()[0][1:]]]), "utf-8")
    ingest(home)
    assert accounts(home) == {name: [3, 2, 1, 0] for name in ODD_NAMES}
    assert len(orders(home)) == 2 * len(ODD_NAMES)
    back = {rejected_rows_path(home, name) for name in ODD_NAMES}
    assert len(back) == len(ODD_NAMES) and all(path.is_file() for path in back)
    assert {path.parent for path in back} == {home.root / "quarantine"}
    checked = linli("check", home.exports_dir / "orders [red] *?.csv")
    assert "orders [red] *?.csv" in checked.output


@pytest.mark.parametrize("name", [b"orders\n2.csv", b"orders\x1b[2J.csv", b"orders \xff.csv"])
def test_a_name_that_cannot_be_printed_is_said_in_one_line(tmp_path: Path, name: bytes) -> None:
    home, _ = put(tmp_path, "orders.csv", text())
    path = os.fsencode(home.exports_dir) + b"/" + name
    with open(path, "wb") as stream:
        stream.write(text().encode())
    run = linli("run", "--exports", home.exports_dir, "--home", home.root, "--as-of", EARLY)
    said = [line for line in run.output.splitlines() if "not read" in line]
    assert len(said) == 1 and "invalid characters in its name; rename it" in said[0]
    assert "\x1b" not in run.output
    ingest(home)
    assert list(accounts(home)) == ["orders.csv"]


def test_links_pipes_and_doubles_do_not_add_a_row(tmp_path: Path) -> None:
    home, path = put(tmp_path, "orders.csv", text())
    secret = tmp_path / "secret.csv"
    secret.write_text(text(lines(3, "secret")), "utf-8")
    (home.exports_dir / "orders_link.csv").symlink_to(secret)
    (home.exports_dir / "orders_up.csv").symlink_to("../secret.csv")
    os.mkfifo(home.exports_dir / "orders_pipe.csv")
    os.link(path, home.exports_dir / "orders_again.csv")
    run = linli("run", "--exports", home.exports_dir, "--home", home.root, "--as-of", EARLY)
    said = " ".join(run.output.split())
    for name in ("orders_link.csv", "orders_up.csv"):
        assert f"not read {name}: is a link out of the exports folder; copy the file itself" in said
    assert "not read orders_pipe.csv: is not a regular file; remove it" in said
    ingest(home)
    assert sorted(orders(home)) == [("o0",), ("o1",), ("o2",)] and len(accounts(home)) == 1
    assert "no such file; check the name" in linli("check", home.exports_dir / "no.csv").output
    assert "is a folder; give one file in it" in linli("check", home.exports_dir).output


def test_headers_are_names_in_every_query(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    odd = ['"; drop table orders; --', "$as_of", "it's", "{}", "%s", "\\", "=1+1", "a\x1fb"]
    write_export(
        home.exports_dir, "orders", [*odd, *HEADER], [[*["7"] * 8, *line] for line in lines()]
    )
    (home.exports_dir / "mappings").mkdir()
    (home.exports_dir / "mappings" / "own_orders.csv").write_text(
        "version,column,header,transform,value,code,note\n"
        + "1,order_id,$as_of,,,,\n"
        + '1,sku_id,"""; drop table orders; --",,,,\n'
        + "".join(f"1,{name},{name},,,,\n" for name in ("line_id", "ordered_at", "quantity_units")),
        "utf-8",
    )  # fmt: skip
    stated = '[[files]]\nname = "orders.csv"\npreset = "own"\n'
    (home.exports_dir / "platform.toml").write_text(stated, "utf-8")
    ingest(home)
    assert orders(home, "order_id, sku_id, quantity_units") == [("7", "7", 1.0)]


def test_formulas_stay_text_and_go_back_guarded(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    evil = '=HYPERLINK("http://x","y")'
    rows = [
        [evil, *lines()[0][1:]],
        ["+b", *lines()[0][1:4], "@SUM(1)"],
        ["\t-c", "1", "", evil, ""],
    ]
    write_export(
        home.exports_dir, "orders =1+1", [*HEADER, "=cmd|'/C calc'!A0"], [[*r, evil] for r in rows]
    )
    ingest(home)
    assert [row[0] for row in orders(home)] == [evil]
    with rejected_rows_path(home, "orders =1+1.csv").open(
        encoding="utf-8-sig", newline=""
    ) as stream:
        cells = [cell for row in csv.reader(stream) for cell in row]
    assert len(cells) == 3 * 11
    assert not [cell for cell in cells if cell.lstrip()[:1] in {"=", "+", "-", "@"}]


def test_separators_of_our_own_within_a_cell_move_no_value(tmp_path: Path) -> None:
    """Word writes soft hyphens as U+001F; a full-width digit sends the row to the careful query."""
    home = home_of(tmp_path)
    sku = "a\x1fb\x1ec\x1bu\x1b"
    good = [["o0", "1", "2026-09-04 10:00:00", sku, "１"]]
    bad = [["o1", "1", "2026-09-04 10:00:00", sku, "x\x1fy"]]
    write_export(home.exports_dir, "orders", HEADER, good + bad)
    ingest(home)
    assert orders(home, "order_id, sku_id, quantity_units") == [("o0", sku, 1.0)]
    with home.lakehouse.session() as session:
        found = session.rows("select reason_code, raw_value from quarantine")
    assert found == [("quantity_units.type", "x y")]


def appended(path: Path) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(text(lines(5, "late"), []).lstrip("\n"))


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replaced(path: Path) -> None:
    other = path.with_name("other.part")
    other.write_text(text(lines(3, "p")), "utf-8")
    other.replace(path)


def rewritten_with_its_old_time(path: Path) -> None:
    before = path.stat()
    with path.open("r+", encoding="utf-8") as stream:
        stream.write(text(lines(9, "p")))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_size == before.st_size


@pytest.mark.parametrize(
    ("when", "change"),
    [
        ("before", appended),
        ("before", truncated),
        ("before", replaced),
        ("before", rewritten_with_its_old_time),
        ("before", Path.unlink),
        ("after", appended),
        ("after", rewritten_with_its_old_time),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, change: Callable[[Path], None]
) -> None:
    home, path = put(tmp_path, "orders.csv", text(lines(9)))
    stage = loading.stage_file

    def meanwhile(*arguments: object, **named: object) -> object:
        if when == "before":
            change(path)
        staged = stage(*arguments, **named)  # type: ignore[arg-type]
        if when == "after":
            change(path)
        return staged

    with monkeypatch.context() as patch:
        patch.setattr(loading, "stage_file", meanwhile)
        with pytest.raises(ExportError, match=r"orders\.csv: (changed while|cannot be read)"):
            load(home, ORDERS, lambda _: None)
    assert home.lakehouse.snapshot(ORDERS) is None
    if path.exists():
        ingest(home)
        assert len(orders(home)) == accounts(home)["orders.csv"][1] > 0


def test_a_copy_that_stalled_is_put_right_when_it_is_whole(tmp_path: Path) -> None:
    whole = text(lines(40))
    home, path = put(tmp_path, "orders.csv", whole[: len(whole) // 2 - 3])
    ingest(home)
    half = len(orders(home))
    assert 0 < half < 40 and len(set_aside(home)) == 1
    path.write_text(whole, "utf-8")
    ingest(home)
    assert len(orders(home)) == 40 and set_aside(home) == []


RACER = """
import os, sys, time
from pathlib import Path
from assets.ingest.load import load
from assets.resources.home import LinliHome
from data_contracts.exports import BY_NAME
folder, key, *exports = sys.argv[1:]
home = LinliHome(home=f"{folder}/home", exports=f"{folder}/exports", given_pseudonym_key=key)
Path(folder, f"ready-{os.getpid()}").touch()
while len(list(Path(folder).glob("ready-*"))) < 2:
    time.sleep(0.01)
for name in exports:
    print(name, load(home, BY_NAME[name], lambda _: None).new_files)
"""


def test_two_loads_at_once_load_every_row_once(tmp_path: Path) -> None:
    """The same files in two processes that begin together; chat meets orders on the way."""
    home = home_of(tmp_path)
    for number in range(5):
        # o0 … of every file and a correction of one line that stands in all
        rows = [*lines(50, f"{number}-"), ["all", *lines()[0][1:4], str(number + 1)]]
        (home.exports_dir / f"orders_{number}.csv").write_text(text(rows), "utf-8")
    chat = [[f"m{n}", "2026-09-04 10:00:00", "review", "好"] for n in range(50)]
    write_export(home.exports_dir, "chat", ["message_id", "sent_at", "channel", "text"], chat)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path), TEST_KEY, *exports],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for exports in (("orders", "chat"), ("orders", "chat"))
    ]  # fmt: skip
    outputs = [racer.communicate(timeout=120) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0], outputs
    told = [line.split() for output, _ in outputs for line in output.splitlines()]
    assert sorted(told) == [["chat", "0"], ["chat", "1"], ["orders", "0"], ["orders", "5"]]
    found = accounts(home)
    assert found.pop("chat.csv") == [50, 50, 0, 0]
    assert sum(account[1] for account in found.values()) == 251 == len(orders(home))
    assert all(read == good + bad + twice for read, good, bad, twice in found.values())
    assert dict(orders(home, "order_id, quantity_units"))["all"] == 5.0
