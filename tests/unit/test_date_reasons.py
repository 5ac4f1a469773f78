"""The stored reason of a date that does not read names the format the file was read by."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lake import home_at, ingest, write_export

READ_AS = {
    "": ("year first: year-month-day", "年-月-日(year first)"),
    "day_first": ("day_first: day/month/year", "日/月/年(day_first)"),
    "month_first": ("month_first: month/day/year", "月/日/年(month_first)"),
}
GOOD = {"": "2026-10-31 08:00", "day_first": "31/10/2026 08:00", "month_first": "10/31/2026 08:00"}
HEADER = ["order_id", "line_id", "sku_id", "quantity_units", "ordered_at"]


def reasons(tmp_path: Path, dates: str, header: list[str], rows: list[list[str]]) -> list[tuple]:
    """Code and reason, in English and in Chinese, of every row set aside of `rows`."""
    exports = tmp_path / "exports"
    write_export(exports, "orders", header, rows)
    if dates:
        said = f'[[files]]\nname = "orders.csv"\ndates = "{dates}"\n'
        (exports / "platform.toml").write_text(said, "utf-8")
    home = home_at(tmp_path, exports)
    ingest(home)
    with home.lakehouse.session() as session:
        return session.rows("select reason_code, reason, reason_zh from quarantine order by 1")


@pytest.mark.parametrize("dates", READ_AS)
def test_a_reason_names_the_format_that_was_expected(tmp_path: Path, dates: str) -> None:
    rows = [
        ["1", "1", "A", "1", GOOD[dates]],
        ["2", "1", "A", "1", "2026-02-30 08:00"],
        ["3", "1", "A", "many", GOOD[dates]],
    ]
    (code, english, chinese), (other, *unlike) = reasons(tmp_path, dates, HEADER, rows)
    assert (code, other) == ("ordered_at.type", "quantity_units.type")
    assert english.endswith(f"; dates of the file are read as {READ_AS[dates][0]}")
    assert chinese.endswith(f"；该文件的日期按{READ_AS[dates][1]}读取")
    assert not [said for said in unlike if "read as year" in said or "日期" in said]


def test_two_cells_of_one_moment_are_read_year_first(tmp_path: Path) -> None:
    header = [*HEADER[:4], "Date", "Time"]
    rows = [["1", "1", "A", "1", day, "08:00"] for day in ("2026-10-31", "2026-02-30")]
    rows[1][0] = "2"
    ((_, english, chinese),) = reasons(tmp_path, "", header, rows)
    assert READ_AS[""][0] in english and READ_AS[""][1] in chinese
