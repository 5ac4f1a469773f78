"""Files come late, twice, corrected, in any order; what they do not touch stays as it is."""

from __future__ import annotations

import csv
import itertools
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from assets.ingest.load import load
from assets.ingest.quarantine.write_rejected_rows import rejected_rows_path
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import files_of
from data_contracts.errors import ExportError
from data_contracts.exports import CHAT, ORDERS
from tests.lake import ingest, write_export

HEADER = [
    "order_id", "line_id", "ordered_at", "updated_at", "sku_id", "quantity_units",
    "unit_price_yuan", "refund_yuan",
]  # fmt: skip


def line(order: str, day: int, *, quantity: object = 1, updated: str = "", hour: int = 10) -> list:
    return [order, "1", f"2026-09-{day:02} {hour:02}:00:00", updated, "s1", quantity, "3.33", ""]


def home_of(tmp_path: Path) -> LinliHome:
    (tmp_path / "exports").mkdir(parents=True, exist_ok=True)
    return LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path / "exports"))


def put(home: LinliHome, name: str, rows: list[list]) -> None:
    write_export(home.exports_dir, name, HEADER, rows)
    ingest(home)


def orders(home: LinliHome) -> list[tuple]:
    with home.lakehouse.session() as session:
        return session.rows("select order_id, quantity_units from orders order by 1")


def ledger(home: LinliHome, *columns: str) -> list[tuple]:
    with home.lakehouse.session() as session:
        return session.rows(f"select {', '.join(columns)} from ingest_ledger order by 1, 2")


def stored(home: LinliHome) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in files_of(home.lakehouse.path(ORDERS), ORDERS.partition):
        found.setdefault(str(file.partition), []).append(file.path)
    return found


def test_a_new_day_leaves_every_other_day_as_it_is(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_1", [line(f"o{day}", day) for day in range(1, 8)])
    before = stored(home)
    put(home, "orders_2", [line("o8", 8)])
    after = stored(home)
    assert {day: after[day] for day in before} == before
    assert set(after) - set(before) == {"2026-09-08"}


def test_late_rows_are_added_to_their_day_alone(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_1", [line(f"o{day}", day) for day in range(1, 8)])
    before = stored(home)
    put(home, "orders_2", [line("late", 3), line("o8", 8)])
    after = stored(home)
    assert {day: after[day] for day in before if day != "2026-09-03"} == {
        day: files for day, files in before.items() if day != "2026-09-03"
    }
    assert before["2026-09-03"][0] in after["2026-09-03"], "what stood is not written anew"
    assert ("late", 1.0) in orders(home)


def test_a_corrected_line_rewrites_the_day_it_left_and_the_one_it_joined(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_1", [line(f"o{day}", day) for day in range(1, 8)])
    before = stored(home)
    put(home, "orders_2", [line("o3", 5, quantity=9, updated="2026-09-20 00:00:00")])
    after = stored(home)
    changed = {day for day in before if after.get(day) != before[day]}
    assert changed == {"2026-09-03", "2026-09-05"}
    assert dict(orders(home))["o3"] == 9.0


def test_days_in_many_small_files_are_brought_together(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    for number in range(15):
        put(home, f"orders_{number:02}", [line(f"o{number}", 1)])
    assert len(stored(home)["2026-09-01"]) < 13
    assert len(orders(home)) == 15


def test_a_corrected_file_takes_back_what_it_no_longer_has(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders", [line("a", 1), line("b", 2), line("c", 2, hour=12), line("d", 3)])
    put(home, "orders", [line("a", 1, quantity=5), line("c", 2, hour=12), line("d", 3)])
    assert orders(home) == [("a", 5.0), ("c", 1.0), ("d", 1.0)]
    counts = ledger(
        home,
        "superseded_by is null",
        "rows_read",
        "rows_loaded",
        "rows_duplicate",
        "rows_superseded",
    )
    assert counts == [(False, 4, 0, 0, 4), (True, 3, 3, 0, 0)]


def test_a_rolling_export_under_one_name_keeps_the_days_behind_it(tmp_path: Path) -> None:
    """Only what lies within the new content's own span is taken back."""
    home = home_of(tmp_path)
    put(home, "orders", [line("a", 1), line("b", 2, hour=8), line("c", 2, hour=20)])
    put(home, "orders", [line("c", 2, hour=20), line("d", 3)])
    assert [row[0] for row in orders(home)] == ["a", "b", "c", "d"]


def test_the_order_of_arrival_changes_nothing(tmp_path: Path) -> None:
    files = {
        "orders_a": [line("1", 1), line("2", 1, quantity=2), line("3", 2, updated="2026-09-09")],
        "orders_b": [line("1", 1, quantity=7), line("2", 3, quantity=3)],
        "orders_c": [line("3", 2, quantity=8, updated="2026-09-05"), line("4", 1)],
    }
    outcomes = set()
    for place, sequence in enumerate(itertools.permutations(files)):
        home = home_of(tmp_path / str(place))
        for name in sequence:
            put(home, name, files[name])
        outcomes.add(tuple(orders(home)))
    assert outcomes == {(("1", 7.0), ("2", 3.0), ("3", 1.0), ("4", 1.0))}


def test_all_at_once_gives_what_one_by_one_gives(tmp_path: Path) -> None:
    files = {
        f"orders_{day}": [line(f"o{n}", day, quantity=day) for n in range(5)] for day in (1, 2, 3)
    }
    together, singly = home_of(tmp_path / "together"), home_of(tmp_path / "singly")
    for name, rows in files.items():
        put(singly, name, rows)
        write_export(together.exports_dir, name, HEADER, rows)
    ingest(together)
    assert orders(together) == orders(singly)
    columns = ("file_name", "rows_read", "rows_loaded", "rows_duplicate")
    assert ledger(together, *columns) == ledger(singly, *columns)


def test_a_lost_key_index_is_made_anew(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_1", [line("a", 1), line("b", 2)])
    shutil.rmtree(home.lakehouse.root / "_keys")
    put(home, "orders_2", [line("a", 1, quantity=4, updated="2026-09-09 00:00:00")])
    assert orders(home) == [("a", 4.0), ("b", 1.0)]


def test_a_file_with_too_many_bad_rows_is_refused_before_anything_changed(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_1", [line("a", 1)])
    before = orders(home), ledger(home, "file_name", "rows_loaded"), stored(home)
    bad = [line(f"x{n}", 2, quantity=0) for n in range(30)] + [line(f"y{n}", 2) for n in range(70)]
    write_export(home.exports_dir, "orders_2", HEADER, bad)
    with pytest.raises(ExportError) as caught:
        ingest(home)
    assert "orders_2.csv: 30 of 100 rows are bad (30.0%, more than max_bad_share = 0.1)" in str(
        caught.value
    )
    assert "mostly quantity_units.range" in str(caught.value)
    assert (orders(home), ledger(home, "file_name", "rows_loaded"), stored(home)) == before
    (home.exports_dir / "platform.toml").write_text("max_bad_share = 0.5\n", "utf-8")
    ingest(home)
    assert len(orders(home)) == 71


def test_a_refused_file_of_another_export_does_not_stop_the_orders(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders", [line("a", 1)])
    header = ["message_id", "sent_at", "channel"]
    rows = [[n, "2026-09-01 10:00:00", "smoke"] for n in range(40)]
    write_export(home.exports_dir, "chat", header, rows)
    found = load(home, CHAT, lambda _: None)
    assert [item.name for item in found.rejected] == ["chat.csv"]
    assert "40 of 40 rows are bad" in found.rejected[0].reason
    assert found.ledger == []


def test_bad_rows_are_handed_back_as_they_stood_and_taken_when_mended(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    rows = [line("a", 1), line("b", 1, quantity="two"), line("c", 1, quantity=0), ["d", "1"]]
    put(home, "orders", rows)
    path = rejected_rows_path(home, "orders.csv")
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(encoding="utf-8-sig", newline="") as stream:
        back = list(csv.DictReader(stream))
    assert [(row["原行号"], row["order_id"], row["quantity_units"]) for row in back] == [
        ("2", "b", "two"), ("3", "c", "0"), ("4", "d", None),
    ]  # fmt: skip
    assert (
        back[0]["问题"].startswith("数量不是有效的数字") and "does not read" in back[0]["problem"]
    )
    with home.lakehouse.session() as session:
        raw = session.scalar("select raw_text from quarantine where row_number = 2")
    assert "订单编号=b" in raw and "数量=two" in raw
    # mended in the file that was handed back, its extra columns still there
    mended = home.exports_dir / "orders_退回.csv"
    text = path.read_text("utf-8-sig").replace(",two,", ",2,").replace(",0,3.33", ",3,3.33")
    mended.write_text("\n".join(text.splitlines()[:3]) + "\n", "utf-8")
    ingest(home)
    assert orders(home) == [("a", 1.0), ("b", 2.0), ("c", 3.0)]


def test_a_corrected_file_clears_its_quarantine(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders", [line("a", 1), line("b", 1, quantity=0)])
    put(home, "orders", [line("a", 1), line("b", 1, quantity=2)])
    with home.lakehouse.session() as session:
        assert session.rows("select * from quarantine") == []
    assert not rejected_rows_path(home, "orders.csv").exists()
    assert orders(home) == [("a", 1.0), ("b", 2.0)]


def test_the_money_of_a_file_is_accounted_for_to_the_fen(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    refunded = line("c", 1, quantity=3)
    refunded[-1] = "1.11"
    rows = [line("a", 1, quantity=2), line("a", 1, quantity=2), refunded, line("b", 99, quantity=5)]
    put(home, "orders_1", rows)
    put(home, "orders_2", [line("a", 1, quantity=1, updated="2026-09-02 00:00:00")])
    names = ("read", "kept", "given_back", "quarantined", "duplicate", "superseded", "forgotten")
    found = ledger(home, "file_name", *(f"money_{name}_yuan" for name in names))
    money = {row[0]: dict(zip(names, row[1:], strict=True)) for row in found}
    first = money["orders_1.csv"]
    assert first["read"] == Decimal("39.96")  # 6.66 + 6.66 + 9.99 + 16.65
    assert first["quarantined"] == Decimal("16.65")  # no 99th of September
    assert first["duplicate"] == Decimal(
        "13.32"
    )  # one twice, the other corrected by the later file
    assert first["given_back"] == Decimal("1.11")
    assert first["kept"] == Decimal("8.88")
    assert money["orders_2.csv"]["kept"] == Decimal("3.33")


def test_repairs_are_counted_by_column_and_kind(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    rows = [line("'a", 1, quantity="２"), line("b", 1, quantity="３"), line("c", 1)]
    put(home, "orders", rows)
    with home.lakehouse.session() as session:
        assert session.rows("select column_name, kind, rows from repairs order by 1, 2") == [
            ("order_id", "text_guard", 1),
            ("quantity_units", "full_width", 2),
        ]
        assert session.rows("select repairs from orders order by order_id") == [
            ("order_id:text_guard quantity_units:full_width",),
            ("quantity_units:full_width",),
            (None,),
        ]
    assert ledger(home, "file_name", "rows_repaired") == [("orders.csv", 2)]
