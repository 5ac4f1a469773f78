"""First and last day on offer, under the headers and in the shapes shop systems export them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets.ingest.match.match_headers import best_matches
from tests.staging import staged

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 5)
HEADERS = [
    ("上架日期", "下架日期"),
    ("上架时间", "下架时间"),
    ("上架日", "下架日"),
    ("商品上架时间", "商品下架时间"),
    ("上线时间", "下线时间"),
    ("上线日期", "下线日期"),
    ("开售时间", "停售时间"),
    ("开售日期", "停售日期"),
    ("on_shelf_at", "off_shelf_at"),
    ("on_shelf_time", "off_shelf_time"),
    ("launched_at", "delisted_at"),
    ("launch_date", "discontinued_on"),
]


def days(folder: Path, header: tuple[str, str], *cells: tuple[str, str]) -> list[Any]:
    """First and last day on offer of products with such cells."""
    text = ",".join(("商品编码,商品名称", *header, "状态")) + "\n"
    text += "".join(f"S{n},米,{','.join(pair)},已下架\n" for n, pair in enumerate(cells))
    made, rows = staged(folder, "products.csv", text)
    assert made.quarantine.column("reason").to_pylist() == []
    return [(row.get("launched_on"), row.get("delisted_on")) for row in rows]


@pytest.mark.parametrize("header", HEADERS, ids="/".join)
def test_first_and_last_day_on_offer_are_read(tmp_path: Path, header: tuple[str, str]) -> None:
    assert days(tmp_path, header, ("2026-10-01", "2026-10-05")) == [(FIRST, LAST)]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-10-01 09:30:00", "2026-10-05 23:59:59"),
        ("2026-10-01 09:30", "2026-10-05 00:00:00"),
        ("2026/10/1 9:30", "2026/10/5 23:59"),
        ("2026年10月1日 9时30分", "2026年10月5日"),
        ("2026-10-01T09:30:00+08:00", "2026-10-05T15:59:59Z"),
        ("2026-10-01 09:30:00.000", "20261005"),
        ("46296.4", "46300"),
    ],
)
def test_a_moment_gives_its_day(tmp_path: Path, first: str, last: str) -> None:
    assert days(tmp_path, ("上架时间", "下架时间"), (first, last)) == [(FIRST, LAST)]


NOTHING = ["", "0", "0000-00-00 00:00:00", "1970-01-01 08:00:00", "9999-12-31", "-", "长期", "NULL"]


@pytest.mark.parametrize("nothing", NOTHING)
def test_an_empty_or_zero_moment_is_none(tmp_path: Path, nothing: str) -> None:
    cells = ("2026-10-01", nothing), (nothing, "2026-10-05")
    found = days(tmp_path, ("上架时间", "下架时间"), *cells)
    assert found == [(FIRST, None), (None, LAST)]


@pytest.mark.parametrize(
    ("header", "export"),
    [
        ("订单编号,商品编码,数量,单价,下单时间,会员编号,上架时间,下架时间", "orders"),
        ("网格仓编号,商品编码,盘点时间,在库数量,上架时间", "stock"),
        ("运单号,订单编号,发货时间,签收时间,上架时间,下线时间", "logistics"),
        ("活动编号,商品编码,活动价,开始日期,结束日期,上线时间,下线时间", "promotions"),
    ],
)
def test_such_a_moment_is_nothing_else_in_another_export(header: str, export: str) -> None:
    found = best_matches(header.split(","), export=export)[0]
    added = [h for h in header.split(",") if h[0] in "上下" and h != "下单时间"]
    assert set(added) <= set(found.unused_headers)
