"""Loads, corrections, restored and overlapping files, hand-backs, renames, removals and
kills in any order: the lake is what an auditor in plain Python says, row by row and to
the fen.

Small in CI; `LINLI_MACHINE_EXAMPLES=50` for more. Hypothesis prints what reproduces a failure, and
with `LINLI_MACHINE_SHRINK=1` looks for a smaller one.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.faults.auditor import Auditor, Content, Row
from tests.faults.jobs import forget, home_in
from tests.faults.points import COMPILER, Fault, Mode, build
from tests.faults.server import Server
from tests.lake import asking, ingest

EXAMPLES = int(os.environ.get("LINLI_MACHINE_EXAMPLES", "3"))
STEPS = int(os.environ.get("LINLI_MACHINE_STEPS", "6"))
IS_SHRUNK = "LINLI_MACHINE_SHRINK" in os.environ
HEADER = [
    "order_id", "line_id", "ordered_at", "updated_at", "user_id", "sku_id", "sku_name",
    "quantity_units", "unit_price_yuan",
]  # fmt: skip
SAID = {"原文件", "原行号", "原文件指纹"}
LAST_POINT = 700  # of a load; a number beyond the last point kills nothing

rows = st.builds(
    Row,
    order=st.sampled_from("abcdef"),
    day=st.sampled_from([date(2026, 9, day) for day in (1, 2, 3)]),
    quantity=st.sampled_from([1, 2, 3, 4, None]),
    updated=st.sampled_from([None, None, date(2026, 9, 5), date(2026, 9, 6)]),
    user=st.sampled_from(["U100001", "U100002", "U100003"]),
    sku=st.sampled_from(["s1", "s2"]),
)
names = st.sampled_from(["orders.csv", "orders_b.csv", "orders_c.csv"])
points = st.none() | st.integers(1, LAST_POINT)


class Ingest(RuleBasedStateMachine):
    """A platform of three files and what comes back of them."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ingest-machine-"))
        (self.folder / "exports").mkdir()
        self.home = home_in(self.folder)
        self.auditor = Auditor()
        self.renamed = False
        self.count = 0
        self.written: dict[str, list[bytes]] = {}  # of each name what it held, the last at the end

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(name=names, found=st.lists(rows, min_size=1, max_size=5), kill=points)
    def a_file_comes(self, name: str, found: list[Row], kill: int | None) -> None:
        """A new file, a corrected one of the same name, or one with keys of another."""
        cells = [self._cells(row) for row in found]
        self._write(name, HEADER, cells)
        text = (self.folder / "exports" / name).read_bytes()
        self.written.setdefault(name, []).append(text)
        self._load([self._content(name, dict(enumerate(found, 1)))], kill)

    @precondition(lambda self: any(len(texts) > 1 for texts in self.written.values()))
    @rule(data=st.data(), kill=points)
    def a_file_is_restored(self, data: st.DataObject, kill: int | None) -> None:
        """A file holds again what it held before its correction."""
        name = data.draw(st.sampled_from([n for n, texts in self.written.items() if texts[1:]]))
        *before, now = self.written[name]
        text = data.draw(st.sampled_from(before))
        if text == now:
            return
        (self.folder / "exports" / name).write_bytes(text)
        self.written[name].append(text)
        first = hashlib.sha256(text).hexdigest()
        times = self.written[name].count(text)
        again = hashlib.sha256(f"{first} {times}".encode()).hexdigest()
        self._load([Content(again, name, self.auditor.contents[first].rows)], kill)

    @precondition(lambda self: self._handed_back())
    @rule(data=st.data(), kill=points)
    def a_hand_back_returns(self, data: st.DataObject, kill: int | None) -> None:
        """Some rows of a hand-back, some of them mended."""
        path = data.draw(st.sampled_from(self._handed_back()))
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header, *lines = csv.reader(stream)
        kept = data.draw(st.lists(st.sampled_from(lines), min_size=1, unique_by=tuple))
        of = {name: header.index(name) for name in (*HEADER, *SAID)}
        back, mends = {}, {}
        for number, line in enumerate(kept, 1):
            quantity = data.draw(st.sampled_from([1, 2, None]))
            sha = self._sha(line[of["原文件"]], line[of["原文件指纹"]])
            mends[number] = (sha, int(line[of["原行号"]]))
            before = self.auditor.contents[sha].rows[mends[number][1]]
            back[number] = Row(
                before.order, before.day, quantity, before.updated, before.user, before.sku
            )
            line[of["quantity_units"]] = "two" if quantity is None else str(quantity)
            self.count += 1
            line[of["sku_name"]] = f"苹果{self.count}"
        self._write(path.name, header, kept)
        self._load([self._content(path.name, back, mends)], kill)

    @precondition(lambda self: self.auditor.contents)
    @rule()
    def a_rename_is_stated(self) -> None:
        self.renamed = True
        text = '[sku_renames]\n"s1" = "s9"\n'
        (self.folder / "exports" / "platform.toml").write_text(text, "utf-8")
        self._load([], None)

    @precondition(lambda self: self.auditor.contents)
    @rule(user=st.sampled_from(["U100001", "U100002"]), kill=points)
    def a_person_is_forgotten(self, user: str, kill: int | None) -> None:
        if kill is not None:
            self._killed("forget", kill, user)
        forget(self.folder, user)
        self.auditor.forget(user)
        self._check()

    # -- doing it ----------------------------------------------------------------------------------

    def _load(self, staged: list[Content], kill: int | None) -> None:
        if kill is not None:
            self._killed("load", kill)
        ingest(self.home)
        self.auditor.load(staged)
        self._check()

    def _killed(self, job: str, at: int, *more: str) -> None:
        outcome = self.server.run(
            f"tests.faults.jobs:{job}",
            self.folder,
            *more,
            fault=Fault(Mode.KILL, at),
            under=[self.folder],
        )
        assert outcome.how in ("killed", "done"), outcome.error

    def _cells(self, row: Row) -> list[Any]:
        self.count += 1
        quantity = "two" if row.quantity is None else row.quantity
        moment, updated = f"{row.day} 10:00:00", f"{row.updated} 00:00:00" if row.updated else ""
        name = f"苹果{self.count}"  # no content comes twice
        return [row.order, "1", moment, updated, row.user, row.sku, name, quantity, "3.33"]

    def _write(self, name: str, header: list[str], lines: list[list[Any]]) -> None:
        path = self.folder / "exports" / name
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *lines])

    def _content(
        self, name: str, found: dict[int, Row], mends: dict[int, tuple[str, int]] | None = None
    ) -> Content:
        text = (self.folder / "exports" / name).read_bytes()
        return Content(hashlib.sha256(text).hexdigest(), name, found, mends or {})

    def _handed_back(self) -> list[Path]:
        return sorted((self.folder / "home" / "quarantine").glob("*.csv"))

    def _sha(self, name: str, fingerprint: str) -> str:
        found = [
            content.sha
            for content in self.auditor.contents.values()
            if content.name == name and content.sha.startswith(fingerprint[1:])
        ]
        assert len(found) == 1
        return found[0]

    # -- comparing ---------------------------------------------------------------------------------

    def _check(self) -> None:
        truth = self.auditor
        held = self._ask(
            "select order_id, file_sha256, row_number, quantity_units, sku_id, "
            "business_date from orders"
        )
        assert {row[0]: row[1:] for row in held} == {
            order: (*place, row.quantity, self._sku(row), row.day)
            for order, place in truth.standing.items()
            for row in [truth.row(place)]
        }
        assert len(held) == len(truth.standing)
        aside = self._ask("select file_sha256, row_number from quarantine")
        assert sorted(aside) == sorted(truth.aside)
        parts = ("loaded", "quarantined", "duplicate", "superseded", "forgotten")
        counted = ", ".join(
            f"rows_{part}, ({money} * 100)::bigint"
            for part in parts
            for money in [
                "(money_kept_yuan + money_given_back_yuan)"
                if part == "loaded"
                else f"money_{part}_yuan"
            ]
        )
        accounts = self._ask(f"select file_sha256, {counted} from ingest_ledger")
        assert {
            sha: tuple(zip(figures[::2], figures[1::2], strict=True)) for sha, *figures in accounts
        } == {sha: account.as_rows() for sha, account in truth.accounts.items()}

    def _sku(self, row: Row) -> str:
        return "s9" if self.renamed and row.sku == "s1" else row.sku

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        with asking(self.home, sql) as session:
            return session.rows(sql)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(build(tmp_path_factory.mktemp("library")), ["tests.faults.jobs"]) as server:
        yield server


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler (cc, gcc or clang)")
def test_whatever_happens_the_lake_is_what_the_auditor_says(server: Server) -> None:
    Ingest.server = server
    run_state_machine_as_test(
        Ingest,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            # a step takes a second: to find the smallest failure takes an hour
            phases=[phase for phase in Phase if phase is not Phase.shrink or IS_SHRUNK],
            suppress_health_check=list(HealthCheck),
        ),
    )
