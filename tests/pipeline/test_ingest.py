"""Ingest as a user meets it: files in a folder, rows in the lake, the rest accounted for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.resources.home import LinliHome
from data_contracts.errors import ExportError, LinliError
from tests.lake import home_with, ingest, write_export

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "updated_at"]
GOOD = ["1", "1", "2026-09-04 10:00:00", "s1", "2", "2026-09-04 10:00:00"]


def ledger(home: LinliHome) -> list[tuple[str, int, int, int, int]]:
    with home.lakehouse.session() as session:
        return session.rows(
            "select file_name, rows_read, rows_loaded, rows_quarantined, rows_duplicate "
            "from ingest_ledger order by file_name"
        )


def orders(home: LinliHome, columns: str = "order_id, line_id, quantity_units") -> list[tuple]:
    with home.lakehouse.session() as session:
        return session.rows(f"select {columns} from orders order by 1, 2")


def test_every_row_is_loaded_quarantined_or_duplicate(tmp_path: Path) -> None:
    rows = [
        GOOD,
        ["1", "2", "2026-09-04 11:00:00", "s2", "0", ""],  # quantity must be above 0
        GOOD,  # the same row again
        ["2", "1", "2026-09-04", "s1", "two", ""],  # not a number
        ["3", "1", "", "s1", "1", ""],  # required
        ["4", "1"],  # too few fields
        ["5", "1", "2026-09-04 23:59:59", "s1", "1.5", ""],
    ]
    home = home_with(tmp_path, {"orders": (HEADER, rows)})
    assert ledger(home) == [("orders.csv", 7, 2, 4, 1)]
    assert orders(home) == [("1", "1", 2.0), ("5", "1", 1.5)]
    with home.lakehouse.session() as session:
        assert session.rows("select row_number, reason_code from quarantine order by 1") == [
            (2, "quantity_units.range"),
            (4, "quantity_units.type"),
            (5, "ordered_at.required"),
            (6, "row.fields"),
        ]


def test_row_numbers_stay_right_after_malformed_rows_and_quoted_line_breaks(tmp_path: Path) -> None:
    header = [*HEADER, "sku_name"]
    rows = [
        [*GOOD, "a\nb"],
        ["x"],
        ["2", "1", "2026-09-04 10:00:00", "s1", "1", "", "plain"],
        ["y", "z"],
        ["3", "1", "2026-09-04 10:00:00", "s1", "-1", "", "plain"],
    ]
    home = home_with(tmp_path, {"orders": (header, rows)})
    assert orders(home, "order_id, row_number") == [("1", 1), ("2", 3)]
    with home.lakehouse.session() as session:
        assert session.rows("select row_number from quarantine order by 1") == [(2,), (4,), (5,)]


def test_the_latest_version_wins_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    newer = ["1", "1", "2026-09-04 10:00:00", "s1", "9", "2026-09-06 10:00:00"]
    home = home_with(tmp_path, {"orders": (HEADER, [newer, GOOD])})
    assert orders(home) == [("1", "1", 9.0)]
    assert ledger(home) == [("orders.csv", 2, 1, 0, 1)]


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"orders": (HEADER, [GOOD])})
    before = ledger(home), orders(home)
    write_export(home.exports_dir, "orders_copy", HEADER, [GOOD])  # same content, another name
    ingest(home)
    assert (ledger(home), orders(home)) == before


def test_a_later_file_corrects_a_line_and_the_ledger_follows(tmp_path: Path) -> None:
    other_day = ["8", "1", "2026-09-05 10:00:00", "s1", "1", ""]
    home = home_with(tmp_path, {"orders": (HEADER, [GOOD, other_day])})
    corrected = ["1", "1", "2026-09-04 10:00:00", "s1", "5", "2026-09-04 12:00:00"]
    write_export(home.exports_dir, "orders_2", HEADER, [corrected])
    ingest(home)
    assert orders(home) == [("1", "1", 5.0), ("8", "1", 1.0)]
    assert ledger(home) == [("orders.csv", 2, 1, 0, 1), ("orders_2.csv", 1, 1, 0, 0)]


def test_an_older_version_in_a_later_file_is_the_duplicate(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"orders": (HEADER, [GOOD])})
    older = ["1", "1", "2026-09-04 10:00:00", "s1", "5", "2026-09-04 09:00:00"]
    write_export(home.exports_dir, "orders_2", HEADER, [older])
    ingest(home)
    assert orders(home) == [("1", "1", 2.0)]
    assert ledger(home) == [("orders.csv", 1, 1, 0, 0), ("orders_2.csv", 1, 0, 0, 1)]


def test_a_line_that_moves_to_another_day_leaves_its_old_day(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"orders": (HEADER, [GOOD])})
    moved = ["1", "1", "2026-09-07 10:00:00", "s1", "2", "2026-09-08 00:00:00"]
    write_export(home.exports_dir, "orders_2", HEADER, [moved])
    ingest(home)
    assert [str(row[1]) for row in orders(home, "order_id, business_date")] == ["2026-09-07"]


def test_parquet_and_gzip_give_the_same_rows_as_csv(tmp_path: Path) -> None:
    csv_home = home_with(tmp_path / "csv", {"orders": (HEADER, [GOOD])})
    zipped = tmp_path / "gz" / "exports"
    zipped.mkdir(parents=True)
    content = (csv_home.exports_dir / "orders.csv").read_bytes()
    (zipped / "orders_2026.csv.gz").write_bytes(gzip.compress(content))
    parquet = tmp_path / "parquet" / "exports" / "orders"
    parquet.mkdir(parents=True)
    table = pa.table(
        {
            "order_id": ["1"],
            "line_id": ["1"],
            "ordered_at": pa.array([1788516000000000], pa.timestamp("us")),
            "sku_id": ["s1"],
            "quantity_units": [2],
            "updated_at": ["2026-09-04 10:00:00"],
        }
    )
    pq.write_table(table, parquet / "part-1.parquet")
    for folder in ("gz", "parquet"):
        home = LinliHome(
            home=str(tmp_path / folder / "home"), exports=str(tmp_path / folder / "exports")
        )
        ingest(home)
        columns = "order_id, line_id, ordered_at, sku_id, quantity_units, updated_at, business_date"
        assert orders(home, columns) == orders(csv_home, columns)


def test_chinese_headers_are_understood(tmp_path: Path) -> None:
    header = ["订单编号", "订单行号", "下单时间", "商品编码", "数量", "多余的列"]
    home = home_with(tmp_path, {"orders": (header, [[*GOOD[:5], "x"]])})
    assert orders(home) == [("1", "1", 2.0)]
    with home.lakehouse.session() as session:
        assert session.scalar("select ignored_columns from ingest_ledger") == "多余的列"


def test_the_cutoff_decides_the_business_day(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    rows = [
        ["1", "1", "2026-09-04 22:59:59", "s", "1", ""],
        ["2", "1", "2026-09-04 23:00:00", "s", "1", ""],
    ]
    write_export(exports, "orders", HEADER, rows)
    (exports / "platform.toml").write_text('cutoff = "23:00"\n', "utf-8")
    home = LinliHome(home=str(tmp_path / "home"), exports=str(exports))
    ingest(home)
    days = [str(row[1]) for row in orders(home, "order_id, business_date")]
    assert days == ["2026-09-04", "2026-09-05"]


BAD_FILES = [
    ("orders.csv", b"", "orders.csv: the file is empty"),
    ("orders.csv", b"order_id,line_id\n1,1\n", "required column ordered_at (下单时间) is missing"),
    ("orders.csv", b"order_id,order_id\n1,1\n", "occurs twice"),
    ("orders.parquet", b"not parquet", "orders.parquet: no preset has any of its headers"),
    (
        "orders.csv.gz",
        gzip.compress(
            b"order_id,line_id,ordered_at,sku_id,quantity_units\n1,1,2026-09-04,s,1\n" * 9,
            mtime=0,
        )[:-9],
        "orders.csv.gz: is incomplete",
    ),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES)
def test_a_file_that_cannot_be_read_is_one_clear_message(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / name).write_bytes(content)
    home = LinliHome(home=str(tmp_path / "home"), exports=str(exports))
    with pytest.raises(ExportError) as caught:
        ingest(home)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not ledger(home)


def test_excel_on_chinese_windows_writes_gb18030_and_is_read(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    line = "1,1,2026-09-04 10:00:00,白菜,1,\n"
    content = ",".join(HEADER) + "\n" + line
    (exports / "orders.csv").write_bytes(content.encode("gb18030"))
    home = LinliHome(home=str(tmp_path / "home"), exports=str(exports))
    ingest(home)
    assert orders(home, "order_id, sku_id") == [("1", "白菜")]
    with home.lakehouse.session() as session:
        assert session.rows("select file_format, preset from ingest_ledger") == [
            ("CSV, gb18030, comma", "generic")
        ]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path / "nowhere"))
    with pytest.raises(LinliError, match="nowhere: no such folder"):
        ingest(home)
