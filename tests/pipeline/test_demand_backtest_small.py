"""The rolling backtest of small platforms: few rows per category, a few days, nothing sold."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data_contracts.errors import LinliError
from tests.pipeline.demand_lake import home_at, put
from tests.pipeline.test_demand_backtest import backtest
from tests.pipeline.weekday_lake import AS_OF, made_orders, put_references


def report_of(folder: Path, orders: list[dict[str, Any]]) -> tuple[str, pd.DataFrame]:
    """The page of a backtest of `orders`, and its table of coverage."""
    home = home_at(folder)
    put(home, "orders", orders)
    put_references(home)
    backtest(home, peers=[])
    written = home.report_dir(AS_OF)
    coverage = pd.read_csv(written / "demand_backtest_coverage.csv")
    return (written / "demand_backtest.html").read_text("utf-8"), coverage


def orders_of(*skus: str) -> list[dict[str, Any]]:
    return [line for line in made_orders(AS_OF) if line["sku_id"] in skus]


def furthest_cells(page: str) -> list[set[str]]:
    """What the column of categories says, by table of quantiles."""
    tables = page.split("偏得最多的品类</th>")[1:]
    found = [re.findall(r'data-label="偏得最多的品类" class="n">([^<]*)<', one) for one in tables]
    return [{" ".join(cell.split()) for cell in cells} for cells in found]


def has_holes(page: str) -> bool:
    """Whether the page says what a person cannot read; drawings are left out."""
    return bool(re.search(r"\b(None|nan)\b", re.sub(r"(?s)<svg.*?</svg>", "", page)))


def test_one_sku_has_no_category_with_enough_rows(tmp_path: Path) -> None:
    page, coverage = report_of(tmp_path, orders_of("s01"))
    assert coverage["furthest_category"].isna().all() and len(coverage)
    assert furthest_cells(page) == [{"—"}, {"—"}] and not has_holes(page)


def test_enough_days_but_too_few_sums_name_a_category_for_days_only(tmp_path: Path) -> None:
    page, coverage = report_of(tmp_path, made_orders(AS_OF))
    named = coverage.groupby("scope")["furthest_category"].count()
    assert named["in_stock_days"] and not named["sum_72h"]
    days, sums = furthest_cells(page)
    assert all(cell.startswith("fruit ") for cell in days) and sums == {"—"}
    assert not has_holes(page)


def test_nothing_sold_after_the_origins(tmp_path: Path) -> None:
    orders = [
        line
        for line in orders_of("s01", "s02")
        if line["business_date"] <= AS_OF - timedelta(days=6)
    ]
    with pytest.raises(LinliError, match="nothing was sold after the origins"):
        report_of(tmp_path, orders)


def test_one_origin_without_a_sale(tmp_path: Path) -> None:
    orders = [
        line
        for line in orders_of("s01", "s02")
        if line["business_date"] <= AS_OF - timedelta(days=3)
    ]
    page, _ = report_of(tmp_path, orders)
    assert not has_holes(page)


def test_goods_that_change_every_few_days(tmp_path: Path) -> None:
    """No SKU is on sale for as long as a week."""
    orders = [
        line | {"sku_id": f"{line['sku_id']}/{(AS_OF - line['business_date']).days // 5}"}
        for line in orders_of("s01", "s02", "s03")
    ]
    page, _ = report_of(tmp_path, orders)
    assert not has_holes(page)
