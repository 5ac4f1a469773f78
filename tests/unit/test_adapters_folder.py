"""What an import refuses, and what becomes of the folder it writes to."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from data_contracts.errors import GivenError
from data_contracts.platform_file import Platform
from pipelines.adapters import ADAPTERS, import_dataset
from pipelines.adapters.folder import staged_folder, write_export
from tests.unit import test_adapters_frn50k as frn
from tests.unit import test_adapters_uci_online_retail as uci


def refusal(name: str, source: Path, out: Path) -> str:
    """The one line an import ends with."""
    with pytest.raises(GivenError) as caught:
        import_dataset(name, source, out)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return uci.write_source(tmp_path / "source", [uci.invoice_line()])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_an_unknown_name_is_answered_with_the_known_ones(source: Path, out: Path) -> None:
    assert (
        refusal("uci", source, out)
        == "unknown data set uci; known: frn50k, uci_online_retail, olist"
    )


def test_a_missing_path_is_named_with_the_file_it_should_hold(tmp_path: Path, out: Path) -> None:
    missing = tmp_path / "nowhere"
    line = refusal("frn50k", missing, out)
    assert line.startswith(f"{missing}: no such file or folder")
    assert "frn50k.parquet" in line


def test_a_folder_without_the_file_says_which_file(tmp_path: Path, out: Path) -> None:
    line = refusal("uci_online_retail", tmp_path, out)
    assert line.startswith(f"{tmp_path}: holds no online_retail.parquet or online_retail.csv")


@pytest.mark.parametrize("column", ["hours_sale", "precpt", "city_id"])
def test_a_missing_column_of_frn50k_is_named(tmp_path: Path, out: Path, column: str) -> None:
    path = frn.write_source(tmp_path, [frn.series_day()])
    pq.write_table(pq.read_table(path).drop_columns([column]), path)
    assert f"has no column {column};" in refusal("frn50k", path, out)


def test_a_missing_column_of_a_csv_is_named(tmp_path: Path, out: Path) -> None:
    path = tmp_path / "retail.csv"
    path.write_text("Invoice,StockCode\n1,2\n", encoding="utf-8")
    assert "has no column InvoiceNo;" in refusal("uci_online_retail", path, out)


def test_a_column_of_another_type_is_no_traceback(tmp_path: Path, out: Path) -> None:
    path = frn.write_source(tmp_path, [frn.series_day()])
    table = pq.read_table(path)
    at = table.column_names.index("hours_sale")
    pq.write_table(table.set_column(at, "hours_sale", table["store_id"]), path)
    assert "cannot be read as FreshRetailNet-50K" in refusal("frn50k", path, out)


@pytest.mark.parametrize("content", [b"", b"PAR1 cut off", b"PAR1" + b"\0" * 64 + b"PAR1"])
def test_an_unreadable_parquet_file_is_named(tmp_path: Path, out: Path, content: bytes) -> None:
    path = tmp_path / "frn50k.parquet"
    path.write_bytes(content)
    assert refusal("frn50k", path, out).startswith(f"{path}: not a readable Parquet file")


def test_a_source_without_rows_is_refused(tmp_path: Path, out: Path) -> None:
    assert "holds no row" in refusal("frn50k", frn.write_source(tmp_path, []), out)


def test_a_path_with_pattern_characters_and_quotes_is_just_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] * ?"
    path = uci.write_source(folder, [uci.invoice_line()])
    as_pattern = tmp_path / "it's a b c"  # what the path would match if it were a pattern
    uci.write_source(as_pattern, [uci.invoice_line(Quantity=number) for number in (1, 2)])
    rows = import_dataset("uci_online_retail", path, folder / "out")
    assert rows == {"orders": 1, "products": 1, "communities": 1}


def test_the_folder_holds_the_exports_and_the_platform(source: Path, out: Path) -> None:
    lines: list[str] = []
    rows = import_dataset("uci_online_retail", source, out, lines.append)
    assert names(out) == sorted([*(f"{export}.parquet" for export in rows), "platform.toml"])
    platform = Platform.from_toml((out / "platform.toml").read_text(encoding="utf-8"))
    assert (platform.name, platform.cutoff, platform.currency) == (
        ADAPTERS["uci_online_retail"].title,
        "24:00",
        "GBP",
    )
    assert len(lines) == len(rows)
    assert names(out.parent) == ["out", "source"]


def test_an_earlier_import_is_replaced(source: Path, out: Path) -> None:
    import_dataset("uci_online_retail", source, out)
    uci.write_source(source.parent, [uci.invoice_line(), uci.invoice_line()])
    assert import_dataset("uci_online_retail", source, out)["orders"] == 2
    assert pq.read_metadata(out / "orders.parquet").num_rows == 2
    assert names(out.parent) == ["out", "source"]


def test_an_empty_folder_is_used(source: Path, out: Path) -> None:
    out.mkdir()
    assert import_dataset("uci_online_retail", source, out)["orders"] == 1


def test_a_folder_with_other_content_is_left_alone(source: Path, out: Path) -> None:
    out.mkdir()
    (out / "orders.parquet").write_bytes(b"somebody's")
    line = refusal("uci_online_retail", source, out)
    assert "is not empty and no earlier import of UCI Online Retail" in line
    assert (out / "orders.parquet").read_bytes() == b"somebody's"


def test_an_import_of_another_data_set_is_left_alone(tmp_path: Path, source: Path) -> None:
    other = frn.write_source(tmp_path / "frn", [frn.series_day()])
    import_dataset("frn50k", other, tmp_path / "out")
    before = names(tmp_path / "out")
    refusal("uci_online_retail", source, tmp_path / "out")
    assert names(tmp_path / "out") == before


def test_a_file_added_to_an_earlier_import_is_not_thrown_away(source: Path, out: Path) -> None:
    import_dataset("uci_online_retail", source, out)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert "holds notes.txt, which no import wrote" in refusal("uci_online_retail", source, out)
    assert (out / "notes.txt").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(source: Path, out: Path) -> None:
    out.write_text("", encoding="utf-8")
    assert "is a file; name a folder" in refusal("uci_online_retail", source, out)


def test_a_failed_import_leaves_the_earlier_one_as_it_was(source: Path, out: Path) -> None:
    import_dataset("uci_online_retail", source, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    uci.write_source(source.parent, [uci.invoice_line(UnitPrice=0.00005)])
    refusal("uci_online_retail", source, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert names(out.parent) == ["out", "source"]


def test_an_interrupted_import_leaves_nothing_behind(out: Path) -> None:
    with pytest.raises(KeyboardInterrupt), staged_folder(out) as folder:
        (folder / "orders.parquet").write_bytes(b"half")
        raise KeyboardInterrupt
    assert names(out.parent) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT 1 AS day", "holidays: the required column name is missing"),
        ("SELECT 1 AS day, 2 AS colour", "holidays: the contract has no column colour"),
        ("SELECT nothing", "holidays: its SQL failed"),
    ],
)
def test_an_export_outside_its_contract_is_not_written(
    tmp_path: Path, query: str, message: str
) -> None:
    with duckdb.connect() as connection, pytest.raises(ValueError, match=message):
        write_export(connection, "holidays", query, tmp_path)
    assert names(tmp_path) == []
