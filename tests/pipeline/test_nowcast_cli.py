"""`linli nowcast` as a buyer meets it: figures per warehouse, a list, one-line refusals."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import linli
from tests.lake import write_export

HEADER = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units", "sale_unit"]
OPEN_DAY = date(2026, 9, 20)


def orders_of(days: int) -> list[list[str]]:
    """Of every day an order each half hour from 8:00 to 21:30, of apples and of pears by weight."""
    rows = []
    for back in range(days, -1, -1):
        midnight = datetime.combine(OPEN_DAY - timedelta(days=back), datetime.min.time())
        for half_hour in range(16, 44):
            at = midnight + timedelta(minutes=30 * half_hour)
            sku, unit = ("pear", "kg") if half_hour % 4 == 0 else ("apple", "piece")
            rows.append([f"o{len(rows)}", "1", f"{at}", sku, str(2 + back % 2), unit])
    return rows


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write_export(folder, "orders", HEADER, orders_of(40))
    (folder / "platform.toml").write_text('cutoff = "22:00"\n', "utf-8")
    return folder


def refused(exports: Path, home: Path, at: str) -> str:
    result = linli("nowcast", "--exports", exports, "--home", home, "--at", at)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    message = result.output[result.output.find("error") :].strip()
    # of a failed step a second line says the same in Chinese
    assert len(message.splitlines()) == 1 + message.startswith("error step ")
    return message


def test_it_says_what_the_day_comes_to_and_writes_a_list(exports: Path, tmp_path: Path) -> None:
    result = linli("nowcast", "--exports", exports, "--home", tmp_path, "--at", "2026-09-20T18:00")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "business day 2026-09-20: orders until 2026-09-20 18:00, 4.0 h to the cut-off" in said
    # 8:00 to 17:30 are 20 orders of two, five of them of pears, which are never added to apples
    assert "all 公斤 10 " in said and "all 件 30 " in said
    assert "21 past days at this hour missed their total by" in said
    assert "no forecast of 2026-09-19 is stored" in said
    path = tmp_path / "lists" / "nowcast" / "2026-09-20" / "nowcast_2026-09-20.csv"
    assert str(path) in result.output.replace("\n", "")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    ordered = {line["商品编码"]: float(line["已下单"]) for line in lines}
    assert ordered == {"apple": 30.0, "pear": 10.0}
    assert {line["统计截至"] for line in lines} == {"2026-09-20 18:00"}
    assert {line["预测来源"] for line in lines} == {"无预测，用往日均值"}
    assert path.with_suffix(".xlsx").is_file()


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("18:00", "is not a clock time; write it like 2026-10-31T18:00"),
        ("2026-09-20", "has no time of day; write it like 2026-09-20T18:00"),
        ("2026-09-20T18:00+08:00", "has a time zone"),
        ("1989-09-20T18:00", "must lie between 1990-01-01 and today's cut-off"),
        ("2026-09-21T10:00", "no order of business day 2026-09-21, open since 2026-09-20 22:00"),
        ("2026-08-11T10:00", "no order before business day 2026-08-11"),
    ],
)
def test_a_clock_time_it_cannot_serve_is_refused_and_nothing_goes_out(
    exports: Path, tmp_path: Path, at: str, message: str
) -> None:
    assert message in refused(exports, tmp_path / "home", at)
    assert not (tmp_path / "home" / "lists").exists()


def test_orders_that_end_too_early_are_named_with_the_way_out(tmp_path: Path) -> None:
    write_export(tmp_path / "e", "orders", HEADER, orders_of(40)[:-12])
    message = refused(tmp_path / "e", tmp_path / "home", "2026-09-20T20:00")
    assert "the orders end at 2026-09-20 15:30:00, 4.5 h before 2026-09-20 20:00:00" in message
    assert "--at 2026-09-20T15:31" in message
    assert not (tmp_path / "home" / "lists" / "nowcast").exists()
