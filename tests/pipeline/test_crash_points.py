"""A load disturbed at any point, by SIGKILL or a full disk, and done again ends as an undisturbed
one. Points are sampled here; `tests/bench/crash_sweep.py` goes through all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.points import COMPILER, Mode, Point, build, spread
from tests.faults.server import Server
from tests.faults.sweep import Attempt, Command, Sweep, failures, may_fail
from tests.lake import write_export

SEED = int(os.environ.get("LINLI_SWEEP_SEED", "16"))
POINTS = int(os.environ.get("LINLI_SWEEP_POINTS", "2"))  # of each case and each way to fail
LOAD = Command("tests.faults.jobs:load", name="load")
HEADER = [
    "order_id", "line_id", "ordered_at", "updated_at", "user_id", "sku_id", "sku_name",
    "quantity_units", "unit_price_yuan", "receiver_phone",
]  # fmt: skip

pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs a C compiler (cc, gcc or clang)")


def line(order: str, day: int, quantity: object, *, updated: str = "") -> list[object]:
    moment = f"2026-09-{day:02} 10:00:00"
    return [order, "1", moment, updated, f"U{order}", "s1", "苹果", quantity, "3.33", "13812345678"]


FIRST = [
    line("a", 1, 1),
    line("b", 1, "two"),
    line("c", 2, 0),
    line("d", 2, 4),
    line("e", 3, 5),
    line("h", 1, 6),
]


def first_load(folder: Path) -> None:
    """Nothing is loaded yet."""


def corrected_file(folder: Path) -> None:
    rows = [line("a", 1, 2), line("c", 2, 0), line("e", 3, 6), line("f", 3, 7)]
    write_export(folder / "exports", "orders", HEADER, rows)


def other_name_same_keys(folder: Path) -> None:
    rows = [line("a", 2, 3, updated="2026-09-05 00:00:00"), line("b", 1, 2), line("g", 3, 1)]
    write_export(folder / "exports", "orders_later", HEADER, rows)


def mended_hand_back(folder: Path) -> None:
    handed_back = folder / "home" / "quarantine" / "orders.csv_退回.csv"
    text = handed_back.read_text("utf-8-sig").replace(",two,", ",2,")
    (folder / "exports" / "orders_退回.csv").write_text(text, "utf-8")


CASES = [
    pytest.param(first_load, id="first load"),
    pytest.param(corrected_file, id="corrected file"),
    pytest.param(other_name_same_keys, id="other name, same keys"),
    pytest.param(mended_hand_back, id="mended hand-back"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(build(tmp_path_factory.mktemp("library")), ["tests.faults.jobs"]) as server:
        yield server


@pytest.fixture(scope="module")
def sweep_of(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[Path], None]], Sweep]:
    """The load of each case on a platform whose first file is loaded already, made once."""
    root = tmp_path_factory.mktemp("platform")
    place, loaded = root / "place", root / "loaded"
    write_export(place / "exports", "orders", HEADER, FIRST)
    shutil.copytree(place, root / "first_load")
    assert server.run(LOAD.job, place).how == "done"
    shutil.copytree(place, loaded)
    made: dict[str, Sweep] = {}

    def of(case: Callable[[Path], None]) -> Sweep:
        name = case.__name__
        if name not in made:
            before = root / name
            if not before.exists():
                shutil.copytree(loaded, before)
            case(before)
            made[name] = Sweep(server, before, place, LOAD)
        return made[name]

    return of


def around_commits(points: list[Point]) -> tuple[list[Point], list[Point], list[Point]]:
    """Points before the first commit of a table, up to the last one, and after it."""
    commits = [place for place, point in enumerate(points) if is_commit(point)]
    first, last = commits[0] + 1, commits[-1] + 1
    return points[:first], points[first:last], points[last:]


def is_commit(point: Point) -> bool:
    return point.kind == "link" and "_delta_log" in point.path


@pytest.mark.parametrize("mode", [Mode.KILL, Mode.FULL], ids=["killed", "disk full"])
@pytest.mark.parametrize("case", CASES)
def test_a_load_disturbed_anywhere_is_done_again(
    case: Callable[[Path], None],
    mode: Mode,
    sweep_of: Callable[[Callable[[Path], None]], Sweep],
) -> None:
    sweep = sweep_of(case)
    candidates = [point for point in sweep.candidates(SEED) if may_fail(point, mode)]
    before, between, after = around_commits(candidates)
    drawn = [
        *spread(before, 1, SEED + mode),
        *spread(between, POINTS, SEED + mode),
        *spread(after, 1 if mode is Mode.KILL else 0, SEED),
    ]
    attempts: list[Attempt] = [sweep.attempt(point, mode) for point in drawn]
    assert all(attempt.is_reached for attempt in attempts)
    if mode is Mode.KILL:
        assert {attempt.disturbed.how for attempt in attempts} == {"killed"}
    found = failures(attempts)
    assert not found, f"seed {SEED}, {len(sweep.points)} points\n{found}"


def test_points_of_python_of_the_engine_and_of_the_table_format_are_seen(
    sweep_of: Callable[[Callable[[Path], None]], Sweep],
) -> None:
    points = sweep_of(other_name_same_keys).points
    by_kind = {(point.kind, part) for point in points for part in Path(point.path).parts}
    assert ("rename", "_handbacks.json") in by_kind  # Python
    assert ("write", "merged") in by_kind  # DuckDB
    assert ("link", "_delta_log") in by_kind  # delta-rs
