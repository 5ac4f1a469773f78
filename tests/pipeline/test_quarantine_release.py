"""Rows set aside leave the quarantine when a mended or a later row stands for them."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from assets.ingest.quarantine.write_rejected_rows import rejected_rows_path
from assets.resources.home import LinliHome
from data_contracts.exports import ORDERS
from tests.lake import asking, copy_of, home_at, ingest, write_export

HEADER = [
    "order_id", "line_id", "ordered_at", "updated_at", "user_id", "sku_id", "sku_name",
    "quantity_units", "unit_price_yuan", "receiver_phone",
]  # fmt: skip
PHONE = "13812345678"
BAD = {"b": "two", "c": "0"}  # orders whose quantity cannot be loaded


def line(order: str, quantity: object, *, updated: str = "", name: str = "苹果") -> list:
    moment = datetime(2026, 9, 1, 10) + timedelta(hours=ord(order[0]) - ord("a"))
    return [order, "1", moment, updated, f"U{order}", "s1", name, quantity, "3.33", PHONE]


def home_of(tmp_path: Path) -> LinliHome:
    (tmp_path / "exports").mkdir(parents=True, exist_ok=True)
    return home_at(tmp_path, tmp_path / "exports")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """A home that loaded orders a and d, and set aside b and c."""
    home = home_of(tmp_path_factory.mktemp("loaded"))
    put(home, "orders", [line("a", 1), line("b", "two"), line("c", 0), line("d", 4)])
    return home


@pytest.fixture
def home(loaded: LinliHome, tmp_path: Path) -> LinliHome:
    return copy_of(loaded, tmp_path)


def put(home: LinliHome, name: str, rows: list[list], header: list[str] = HEADER) -> None:
    write_export(home.exports_dir, name, header, rows)
    ingest(home)


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def hand_in(
    home: LinliHome, of: str, quantities: dict[str, object], as_name: str | None = None
) -> None:
    """Mend the hand-back of the file `of` and put it into the exports folder.

    `quantities`: order → its quantity as mended; other lines are taken out.
    """
    path = rejected_rows_path(home, of)
    kept = [row for row in lines_of(path) if row["order_id"] in quantities]
    assert len(kept) == len(quantities)
    for row in kept:
        row["quantity_units"] = str(quantities[row["order_id"]])
    target = home.exports_dir / (as_name or path.name)
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    ingest(home)


def ask(home: LinliHome, sql: str) -> list[tuple]:
    with asking(home, sql) as session:
        return session.rows(sql)


def orders(home: LinliHome) -> dict[str, float]:
    return dict(ask(home, "select order_id, quantity_units from orders order by 1"))


def aside(home: LinliHome) -> list[tuple[str, int]]:
    """Rows in the quarantine; what the ledger says of each file must agree, money included."""
    counted = ask(
        home,
        "select file_name, file_sha256, rows_quarantined, money_quarantined_yuan, "
        "rows_loaded + rows_quarantined + rows_duplicate + rows_superseded + rows_forgotten "
        "  - rows_read, "
        "money_kept_yuan + money_given_back_yuan + money_quarantined_yuan + money_duplicate_yuan "
        "  + money_superseded_yuan + money_forgotten_yuan - money_read_yuan from ingest_ledger",
    )
    for name, sha, rows, money, rows_off, money_off in counted:
        held = ask(
            home,
            "select count(*), coalesce(sum(amount_yuan), 0)::decimal(18, 4) from quarantine "
            f"where file_sha256 = '{sha}'",
        )[0]
        assert (rows, money) == held, name
        assert (rows_off, money_off) == (0, 0), name
    return ask(home, "select file_name, row_number from quarantine order by 1, 2")


def superseded(home: LinliHome, name: str) -> tuple:
    return ask(
        home,
        "select rows_superseded, money_superseded_yuan from ingest_ledger "
        f"where file_name = '{name}' and superseded_by is null",
    )[0]


def test_mended_rows_leave_the_quarantine_and_the_ledger_stays_balanced(home: LinliHome) -> None:
    assert aside(home) == [("orders.csv", 2), ("orders.csv", 3)]
    hand_in(home, "orders.csv", {"b": 2, "c": 3})
    assert orders(home) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert aside(home) == []
    assert superseded(home, "orders.csv") == (2, Decimal("0.0000"))  # no amount without quantity
    assert not rejected_rows_path(home, "orders.csv").exists()
    assert list((home.root / "quarantine").iterdir()) == []
    assert ask(home, "select sum(rows_quarantined) from ingest_ledger") == [(0,)]


def test_the_amount_of_a_mended_row_moves_with_it(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    bad = line("b", 5)
    bad[2] = "no time"
    put(home, "orders", [line("a", 1), bad])
    assert ask(home, "select amount_yuan from quarantine") == [(Decimal("16.6500"),)]
    path = rejected_rows_path(home, "orders.csv")
    text = path.read_text("utf-8-sig").replace("no time", "2026-09-01 11:00:00")
    (home.exports_dir / path.name).write_text(text, "utf-8")
    ingest(home)
    assert aside(home) == []
    assert superseded(home, "orders.csv") == (1, Decimal("16.6500"))
    assert orders(home) == {"a": 1, "b": 5}


@pytest.mark.parametrize("original_is_gone", [False, True])
def test_half_mended_leaves_the_other_half(home: LinliHome, original_is_gone: bool) -> None:
    if original_is_gone:
        (home.exports_dir / "orders.csv").unlink()
    hand_in(home, "orders.csv", {"b": 2})
    assert orders(home) == {"a": 1, "b": 2, "d": 4}
    assert aside(home) == [("orders.csv", 3)]
    left = lines_of(rejected_rows_path(home, "orders.csv"))
    assert [(row["原行号"], row["order_id"], row["quantity_units"]) for row in left] == [
        ("3", "c", "0")
    ]
    hand_in(home, "orders.csv", {"c": 3}, "orders.csv_退回2.csv")
    assert orders(home) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert aside(home) == []
    assert not rejected_rows_path(home, "orders.csv").exists()


def test_the_second_half_under_the_name_of_the_first_takes_nothing_back(home: LinliHome) -> None:
    put(home, "orders_1", [line("e", "one"), line("f", "two"), line("g", "three")])
    hand_in(home, "orders_1.csv", {"f": 2})
    hand_in(home, "orders_1.csv", {"e": 1, "g": 3})  # f lies within their span of time
    assert {"e": 1, "f": 2, "g": 3}.items() <= orders(home).items()
    assert aside(home) == [("orders.csv", 2), ("orders.csv", 3)]


def test_what_is_bad_again_outlives_another_hand_back_of_the_same_name(home: LinliHome) -> None:
    rows = [line("e", "one"), line("f", "two"), line("g", "three")]
    put(home, "orders_1", rows)
    mended = rejected_rows_path(home, "orders_1.csv").name
    hand_in(home, "orders_1.csv", {"e": "eins", "f": "zwei"})
    hand_in(home, "orders_1.csv", {"g": "drei"})
    mine = [row for row in aside(home) if row[0] != "orders.csv"]
    assert mine == [(mended, 1), (mended, 1), (mended, 2)]
    left = lines_of(rejected_rows_path(home, mended))
    assert {row["order_id"]: row["quantity_units"] for row in left} == {
        "e": "eins", "f": "zwei", "g": "drei",
    }  # fmt: skip
    assert len({row["原文件指纹"] for row in left}) == 2
    hand_in(home, mended, {"e": 1, "f": 2, "g": 3})
    assert aside(home) == [("orders.csv", 2), ("orders.csv", 3)]
    assert not rejected_rows_path(home, mended).exists()


def test_a_row_mended_twice_has_the_later_value(home: LinliHome) -> None:
    kept = lines_of(rejected_rows_path(home, "orders.csv"))
    hand_in(home, "orders.csv", {"b": 2, "c": 3})
    path = home.exports_dir / rejected_rows_path(home, "orders.csv").name
    kept[0]["quantity_units"] = "9"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(kept[0]))
        writer.writeheader()
        writer.writerow(kept[0])
    ingest(home)
    assert orders(home) == {"a": 1, "b": 9, "c": 3, "d": 4}
    assert aside(home) == []


def test_a_row_bad_again_stands_under_the_mended_file_only(home: LinliHome) -> None:
    hand_in(home, "orders.csv", {"b": "zwei", "c": 3})
    mended = "orders.csv_退回.csv"
    assert aside(home) == [(mended, 1)]
    assert orders(home) == {"a": 1, "c": 3, "d": 4}
    assert not rejected_rows_path(home, "orders.csv").exists()
    again = lines_of(rejected_rows_path(home, mended))
    assert [(row["原文件"], row["原行号"], row["order_id"]) for row in again] == [
        (mended, "1", "b")
    ]
    assert list(again[0])[:6] == ["问题", "problem", "原文件", "原行号", "原文件指纹", "order_id"]
    hand_in(home, mended, {"b": 2})
    assert orders(home) == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert aside(home) == []
    assert list((home.root / "quarantine").iterdir()) == []


def test_bad_again_and_again_from_one_hand_back_counts_once(home: LinliHome) -> None:
    """The key does not read, so that only the hand-back's own columns say which row it is."""
    bad = ["", *line("x", 5)[1:]]
    put(home, "orders_2", [bad])
    rows = lines_of(rejected_rows_path(home, "orders_2.csv"))
    for number, key in enumerate(("", "", "x")):
        rows[0]["order_id"], rows[0]["sku_name"] = key, f"try {number}"
        with (home.exports_dir / f"orders_try{number}.csv").open(
            "w", encoding="utf-8", newline=""
        ) as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        ingest(home)
        left = [row for row in aside(home) if row[0] != "orders.csv"]
        assert left == ([(f"orders_try{number}.csv", 1)] if number < 2 else [])
    assert orders(home)["x"] == 5


def test_a_mended_row_that_cannot_be_taken_apart_stands_for_the_original(home: LinliHome) -> None:
    path = rejected_rows_path(home, "orders.csv")
    text = path.read_text("utf-8-sig").replace("two", "2,3").replace(",0,3.33", ",3,3.33")
    (home.exports_dir / path.name).write_text(text, "utf-8")
    ingest(home)
    assert aside(home) == [(path.name, 1)]
    assert orders(home) == {"a": 1, "c": 3, "d": 4}


def test_a_half_mended_hand_back_is_never_refused_for_its_share_of_bad_rows(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    (home.exports_dir / "platform.toml").write_text("max_bad_share = 0.6\n", "utf-8")
    rows = [line(f"b{number}", "x") for number in range(50)]
    put(home, "orders", [*rows, *(line(f"a{number}", 1) for number in range(50))])
    (home.exports_dir / "platform.toml").write_text("max_bad_share = 0.1\n", "utf-8")
    hand_in(home, "orders.csv", {f"b{n}": 1 if n % 2 else "y" for n in range(50)})
    assert len(aside(home)) == 25
    assert len(orders(home)) == 75


def test_hand_backs_without_fingerprint_settle_by_the_name(home: LinliHome) -> None:
    path = rejected_rows_path(home, "orders.csv")
    rows = lines_of(path)
    header = [name for name in rows[0] if name != "原文件指纹"]
    rows[0]["quantity_units"] = "2"
    rows[1]["quantity_units"] = "3"
    values = [[row[name] for name in header] for row in rows]
    put(home, "orders_mended", values, header)
    assert aside(home) == []


def test_a_fingerprint_of_another_content_settles_nothing(home: LinliHome) -> None:
    path = rejected_rows_path(home, "orders.csv")
    text = path.read_text("utf-8-sig").replace(",b,1,", ",other,1,").replace("two", "2")
    fingerprint = lines_of(path)[0]["原文件指纹"]
    (home.exports_dir / path.name).write_text(text.replace(fingerprint, "f0"), "utf-8")
    ingest(home)
    assert ("orders.csv", 2) in aside(home)


def test_a_re_export_under_another_name_settles_by_the_key(home: LinliHome) -> None:
    put(home, "orders_again", [line("a", 1), line("b", 2), line("d", 4)])
    assert orders(home) == {"a": 1, "b": 2, "d": 4}
    assert aside(home) == [("orders.csv", 3)]
    assert [row["order_id"] for row in lines_of(rejected_rows_path(home, "orders.csv"))] == ["c"]


def test_a_good_row_of_an_older_version_settles_nothing(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_2", [line("a", 1), line("b", 0, updated="2026-09-05 00:00:00")])
    put(home, "orders_1", [line("b", 7, updated="2026-09-02 00:00:00")])
    assert aside(home) == [("orders_2.csv", 2)]
    put(home, "orders_3", [line("b", 8, updated="2026-09-05 00:00:00")])
    assert aside(home) == []


def test_a_good_row_that_stood_before_settles_nothing(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    put(home, "orders_1", [line("a", 1), line("b", 2)])
    put(home, "orders_2", [line("b", 0), line("c", 1)])
    assert aside(home) == [("orders_2.csv", 1)]


def test_all_at_once_settles_what_one_by_one_settles(home: LinliHome, tmp_path: Path) -> None:
    hand_in(home, "orders.csv", {"b": "zwei", "c": 3})
    hand_in(home, "orders.csv_退回.csv", {"b": 2})
    together = home_at(tmp_path / "together", home.exports_dir)
    ingest(together)
    assert orders(together) == orders(home)
    assert aside(together) == aside(home) == []
    assert not list((together.root / "quarantine").glob("*"))


def test_a_corrected_file_moves_its_bad_rows_to_superseded(home: LinliHome) -> None:
    put(home, "orders", [line("a", 1), line("b", 2), line("c", 3), line("d", 4)])
    assert aside(home) == []
    counts = "rows_read, rows_loaded, rows_quarantined, rows_superseded"
    old = ask(home, f"select {counts} from ingest_ledger where superseded_by is not null")
    assert old == [(4, 0, 0, 4)]


@pytest.mark.parametrize("is_merged", [False, True])
def test_a_line_handed_back_without_the_row_above_holds_its_order(
    tmp_path: Path, is_merged: bool
) -> None:
    home = home_of(tmp_path)
    rows = []
    for order in "abcd":
        rows += [line(order, 1), ["", 2, "", "", "", "s2", "梨", 2, "3.33", ""]]
    rows[3][7], rows[5][7] = "two", ""
    if is_merged:
        book = openpyxl.Workbook()
        for row in [HEADER, *rows]:
            book.active.append([None if cell == "" else str(cell) for cell in row])
        for top in range(2, 10, 2):
            for letter in "ACEJ":
                book.active.merge_cells(f"{letter}{top}:{letter}{top + 1}")
        book.save(home.exports_dir / "orders.xlsx")
        ingest(home)
    else:
        put(home, "orders", rows)
    path = rejected_rows_path(home, "orders.xlsx" if is_merged else "orders.csv")
    back = lines_of(path)
    assert [(row["order_id"], row["ordered_at"][:10], row["sku_id"]) for row in back] == [
        ("b", "2026-09-01", "s2"),
        ("c", "2026-09-01", "s2"),
    ]
    for row in back:
        row["quantity_units"] = "7"
    with (home.exports_dir / "orders_mended.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(back[0]))
        writer.writeheader()
        writer.writerows(back)
    ingest(home)
    assert aside(home) == []
    mended = "select order_id, user_id is not null from orders where quantity_units = 7 order by 1"
    assert ask(home, mended) == [("b", True), ("c", True)]


def test_no_personal_value_stands_in_the_quarantine(tmp_path: Path) -> None:
    """A row shifted by one column puts a phone into columns that touch nobody, the key included."""
    home = home_of(tmp_path)
    shifted = [PHONE, *line("b", 0)[:-1]]
    spaced = line("c", "x", name="+86 138-1234-5678 张")
    many = line("d", 0, name=f"{PHONE},{PHONE} {PHONE}；１３８１２３４５６７８")
    in_value = line("e", PHONE + "元")
    longer = line("f", 0, name="6901388888888801")
    put(home, "orders", [line("a", 1), shifted, spaced, many, in_value, longer])
    found = ask(home, "select * from quarantine order by row_number")
    assert len(found) == 5
    text = repr(found)
    for phone in (PHONE, "138-1234-5678", "１３８１２３４５６７８", "Ud", "Ue"):
        assert phone not in text, phone
    shown = {row[0]: row[1:] for row in ask(
        home, "select row_number, raw_value, raw_text, row_key from quarantine"
    )}  # fmt: skip
    assert "商品名称=+86 138****5678 张" in shown[3][1]
    assert "138****5678,138****5678 138****5678；１３８****５６７８" in shown[4][1]
    assert shown[5][0] == "138****5678元"
    assert "商品名称=6901388888888801" in shown[6][1], "a longer number is no phone"
    assert all(len(row[2]) == 16 for row in shown.values() if row[2])
    assert ORDERS.key == ("order_id", "line_id")
