"""Which rows a check is given: of exactly the days asked for, in the types the engine gives."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from assets.checks.sampling import sampled_frame, scope_of_day, scope_of_days
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import stored_columns
from data_contracts.exports import BY_NAME, ORDERS
from tests.lake import home_with

FIRST = date(2026, 8, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(40)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    """Orders of forty days, one line on the first, two on the second and so on; some products."""
    orders = [
        [f"o{day}-{n}", "1", f"{day} 10:00:00", "s", "1", "" if n % 2 else "2.50"]
        for rows, day in enumerate(DAYS, start=1)
        for n in range(rows)
    ]
    products = [["s", "苹果", "3", "2026-01-01"], ["t", "", "", ""], ["u", "梨", "", "2026-02-03"]]
    return home_with(
        tmp_path_factory.mktemp("scope"),
        {
            "orders": (
                [
                    "order_id",
                    "line_id",
                    "ordered_at",
                    "sku_id",
                    "quantity_units",
                    "unit_price_yuan",
                ],
                orders,
            ),
            "products": (["sku_id", "sku_name", "shelf_life_days", "launched_on"], products),
        },
    )


@pytest.mark.parametrize(
    "chosen",
    [DAYS, DAYS[3:9], DAYS[::2], [*DAYS[:5], *DAYS[9:11], DAYS[20]], [DAYS[7]], []],
    ids=["all", "a week", "every other", "with gaps", "one", "none"],
)
def test_exactly_the_days_asked_for_are_looked_at(home: LinliHome, chosen: list[date]) -> None:
    with home.lakehouse.session(ORDERS) as session:
        scope = scope_of_days(session, ORDERS, reversed(chosen))
        found = sampled_frame(session, ORDERS, scope, ["order_id", "business_date"])
    assert scope.rows == len(found) == sum(DAYS.index(day) + 1 for day in chosen)
    assert {day.date() for day in found["business_date"]} == set(chosen)


@pytest.mark.parametrize("name", ["orders", "products"])
def test_a_frame_has_the_types_the_engine_gives(home: LinliHome, name: str) -> None:
    table = BY_NAME[name]
    columns = [column for column, kind in stored_columns(table).items() if "DECIMAL" not in kind]
    with home.lakehouse.session(table) as session:
        scope = scope_of_day(session, table, DAYS[-1], home.as_of_end(DAYS[-1]))
        found = sampled_frame(session, table, scope, columns)
        expected = session.frame(f"select {', '.join(columns)} from {name} where {scope.where}")
    there = [column for column in columns if expected[column].notna().any()]
    assert len(there) > 3 and len(found) == len(expected) > 2
    key = list(table.key)
    pd.testing.assert_frame_equal(
        found.sort_values(key)[there].reset_index(drop=True),
        expected.sort_values(key)[there].reset_index(drop=True),
    )
    assert found.drop(columns=there).isna().all(axis=None)
