"""What a comma in a number means: found by form and by arithmetic, or asked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from data_contracts.errors import ExportError
from data_contracts.platform_file import Platform
from tests.staging import Read, read_file

HEADER = "order_id;line_id;ordered_at;sku_id;quantity_units;unit_price_yuan;paid_amount_yuan"


def read(tmp_path: Path, *rows: str, name: str = "orders.csv", **facts: str) -> Read:
    """Lines of a quantity, a price and an amount paid, cells between semicolons."""
    lines = [f"A{n};1;2026-10-31 10:00:00;S1;{row}" for n, row in enumerate(rows)]
    text = "\n".join([HEADER, *lines])
    if name == "orders.tsv":
        text = text.replace(";", "\t")
    path = tmp_path / name
    path.write_text(text + "\n", "utf-8")
    return read_file(path, "quantity_units", "unit_price_yuan", **facts)


@pytest.mark.parametrize(
    ("rows", "quantities"),
    [
        (["0,500;12;6", "1,250;12;15", "2,000;12;24"], [0.5, 1.25, 2]),  # 0,500 says so
        (["1,250;12;15", "2,000;12;24"], [1.25, 2]),  # quantity × price = paid
        (["1,250;12.00;15.00", "2,000;12.00;24.00"], [1.25, 2]),  # in spite of the points
        (["1,250;3;3750", "2,000;3;6000"], [1250, 2000]),
        (["1,250;3;3700", "2,000;3;6001"], None),  # neither is right
        (["1,250;3;3,750", "2,000;3;6,000"], None),  # either is right
        (["1,250;3,5;", "2,000;12,25;"], [1.25, 2]),  # the price says so
        (["1,250;3.50;", "2;1,234.50;"], [1250, 2]),
        (["1,25;3;", "1.234,50;1;", "1 234,5;1;", "1\u00a0234,5;1;"], [1.25, *[1234.5] * 3]),
        (["1,250;12,00 €;15,00 €"], [1.25]),
        (["１，２５０;12;15"], [1.25]),
        (["1,250;3;", "12;3;"], None),
    ],
)
def test_a_comma_is_read_by_what_the_file_shows(
    tmp_path: Path, rows: list[str], quantities: list[float] | None
) -> None:
    if quantities is not None:
        found = read(tmp_path, *rows)
        assert [row[0] for row in found.good] == quantities and not found.aside
        return
    with pytest.raises(ExportError, match=r"'1,250' under quantity_units may be 1.250 or 1250"):
        read(tmp_path, *rows)
    for sign, first in ((",", 1.25), (".", 1250)):
        assert read(tmp_path, *rows, decimal=sign).good[0][0] == first


def test_thousands_stay_thousands_where_semicolons_do_not_speak_for_decimals(
    tmp_path: Path,
) -> None:
    rows = ["1,250;3;", "12;3;"]
    found = read(tmp_path, *rows, name="orders.tsv")
    assert found.good == [(1250, Decimal(3)), (12, Decimal(3))]
    assert found.repairs[("quantity_units", "number_style")] == 1


def test_a_column_of_both_kinds_reads_what_is_sure_and_sets_the_others_aside(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, "1,234.50;1;", "0,5;1;", "1,250;1;", "1.234,50;1;", "7;1;")
    assert [row[0] for row in found.good] == [1234.5, 1234.5, 7]
    assert found.aside == [(2, "quantity_units.type"), (3, "quantity_units.type")]
    assert found.repairs[("quantity_units", "decimal_comma")] == 1


def test_a_point_beside_decimal_commas_is_not_guessed_at(tmp_path: Path) -> None:
    found = read(tmp_path, "0,5;1;", "1.234;1;", "12.5;1;", "0.500;1;", "1,250;1;")
    assert [row[0] for row in found.good] == [0.5, 12.5, 0.5, 1.25]
    assert found.aside == [(2, "quantity_units.type")]


@pytest.mark.parametrize(
    ("rows", "quantities"),
    [
        (["1.000;3,50;3500,00", "2;3,50;7,00"], [2]),  # a thousand, by what was paid
        (["1.250;3,50;", "2;3,50;"], [2]),  # nothing says it
        (["1.250;4,00;5,00", "2.500;4,00;10,00"], [1.25, 2.5]),  # by what was paid
    ],
)
def test_a_point_in_another_column_than_the_commas_is_read_by_what_was_paid(
    tmp_path: Path, rows: list[str], quantities: list[float]
) -> None:
    found = read(tmp_path, *rows)
    assert [row[0] for row in found.good] == quantities
    assert [reason for _, reason in found.aside] == (
        ["quantity_units.type"] * (len(rows) - len(quantities))
    )


def test_a_comma_that_proves_an_earlier_reading_wrong_stops_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.resources.readers.delimited.reader.BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr("assets.resources.readers.delimited.stream.BLOCK_BYTES", 1 << 16)
    rows = ["1,250;3.5;", "12;3.5;"] * 2_000
    with pytest.raises(ExportError, match=r"'0,5' under quantity_units .* earlier cells"):
        read(tmp_path, *rows, "0,5;3.5;", name="orders.tsv")


def test_the_sign_before_decimals_may_be_stated() -> None:
    stated = '[[files]]\nname = "*.csv"\ndecimal = ","\n'
    platform = Platform.from_toml(stated)
    assert platform.facts_of("a.csv").decimal == platform.facts_of("a.csv_退回.csv").decimal == ","
    assert Platform.from_toml(platform.to_toml()) == platform
    with pytest.raises(ValueError, match=r'decimal = ";" is neither'):
        Platform.from_toml(stated.replace('","', '";"'))
