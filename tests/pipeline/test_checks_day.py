"""The day as a whole, drawn as a table of days: what was different about the day → what warns.

Seven weeks of the same 250 order lines a day; some days of the last weeks are different.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import deltalake
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from assets.checks.results import Status
from assets.checks.run_checks import run_checks
from assets.checks.suites import run_suites
from assets.checks.validate import validate
from assets.resources.home import LinliHome
from data_contracts.exports import ORDERS, STOCK
from data_contracts.rules import batch
from tests.lake import home_with

FIRST = date(2026, 8, 1)
HEADER = [
    "order_id",
    "line_id",
    "ordered_at",
    "sku_id",
    "quantity_units",
    "sale_unit",
    "unit_price_yuan",
    "order_status",
]
ORDINARY = date(2026, 9, 8)
HALF = date(2026, 9, 9)
DOUBLE = date(2026, 9, 10)
LARGE = date(2026, 9, 11)
ALL_KG = date(2026, 9, 12)
NO_UNIT = date(2026, 9, 13)
CUT_OFF = date(2026, 9, 14)
NOTHING = date(2026, 9, 15)
NEW_STATUS = date(2026, 9, 16)
THIRD_DAY = FIRST + timedelta(days=2)
EIGHTH_DAY = FIRST + timedelta(days=7)
ROWS = {HALF: 125, DOUBLE: 500, NOTHING: 0}


def lines_of(day: date) -> Iterator[list[object]]:
    """Order lines of one day, from 06:00 to 22:39, the same mixture whatever their number."""
    for n in range(ROWS.get(day, 250)):
        part = n / ROWS.get(day, 250)
        at = datetime.combine(day, datetime.min.time()) + timedelta(hours=6, minutes=1000 * part)
        if day == CUT_OFF:
            at -= timedelta(minutes=660 * part)
        unit = {ALL_KG: "kg", NO_UNIT: ""}.get(day, "kg" if n % 2 else "piece")
        quantity = (n % 7 + 1) * (5 if day == LARGE else 1)
        status = "cancelled" if day == NEW_STATUS else "completed"
        price = f"{3 + n % 11}.50"
        yield [f"{day}-{n}", "1", f"{at:%Y-%m-%d %H:%M:%S}", "s", quantity, unit, price, status]


def orders(last: date) -> list[list[object]]:
    days = [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]
    return [line for day in days for line in lines_of(day)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> LinliHome:
    return home_with(tmp_path_factory.mktemp("days"), {"orders": (HEADER, orders(NEW_STATUS))})


def outcomes(home: LinliHome, day: date) -> dict[str, str]:
    """Check → status of the rules on the day as a whole."""
    found = run_suites(home, ORDERS, day, validate, must_have_rows=False).results
    kinds = ("schema", "freshness", "volume", "shift")
    return {
        item.check: item.outcome.value for item in found if item.check.rsplit("__", 1)[1] in kinds
    }


@pytest.mark.parametrize(
    ("day", "failed"),
    [
        (ORDINARY, []),
        (HALF, ["table__volume"]),
        (DOUBLE, ["table__volume"]),
        (LARGE, ["quantity_units__shift"]),
        (ALL_KG, ["sale_unit__shift"]),
        (NO_UNIT, ["sale_unit__shift"]),
        (CUT_OFF, ["ordered_at__freshness"]),
        (NOTHING, ["ordered_at__freshness", "table__volume"]),
        (NEW_STATUS, []),  # a status says how far a row has come: the last day always differs
    ],
    ids=str,
)
def test_a_day_warns_of_what_is_different(home: LinliHome, day: date, failed: list[str]) -> None:
    found = outcomes(home, day)
    assert [name for name, status in found.items() if status == "failed"] == failed


def test_too_little_history_is_said_and_judged_neither_way(home: LinliHome) -> None:
    third, eighth = outcomes(home, THIRD_DAY), outcomes(home, EIGHTH_DAY)
    assert third["table__volume"] == third["quantity_units__shift"] == Status.NO_HISTORY
    # one same weekday is not two; seven days before are enough for shares
    assert eighth["table__volume"] == Status.NO_HISTORY
    assert eighth["quantity_units__shift"] == Status.PASSED
    assert outcomes(home, FIRST + timedelta(days=14))["table__volume"] == Status.PASSED


def test_too_few_rows_for_shares_are_said(home: LinliHome) -> None:
    assert ROWS[HALF] < batch.SHIFT_MIN_ROWS
    assert outcomes(home, HALF)["sale_unit__shift"] == Status.TOO_FEW_ROWS


def test_the_figures_are_those_of_an_independent_count(home: LinliHome) -> None:
    found = {
        item.check: item
        for item in run_suites(home, ORDERS, LARGE, validate, must_have_rows=False).results
    }
    lines = pd.DataFrame(orders(LARGE), columns=HEADER)
    lines["day"] = pd.to_datetime(lines["ordered_at"]).dt.date
    lines["quantity_units"] = lines["quantity_units"].astype(float)
    before = lines[(lines["day"] < LARGE) & (lines["day"] >= LARGE - timedelta(days=28))]
    today = lines[lines["day"] == LARGE]
    deciles = np.quantile(before["quantity_units"], np.arange(1, 10) / 10, method="inverted_cdf")
    cuts = [-np.inf, *sorted(set(deciles)), np.inf]
    p, q = (
        pd.cut(frame["quantity_units"], cuts).value_counts(sort=False, normalize=True).to_numpy()
        for frame in (before, today)
    )
    p = np.maximum(p, batch.SHIFT_MIN_SHARE) / np.maximum(p, batch.SHIFT_MIN_SHARE).sum()
    divergence = float(np.sum(q[q > 0] * np.log(q[q > 0] / p[q > 0])))
    assert found["quantity_units__shift"].seen == f"{divergence:.3f}"
    shown = {item.label: item.seen for item in found["quantity_units__shift"].shares}
    assert sum(shown.values()) == pytest.approx(1, abs=1e-3)
    assert found["table__volume"].seen == "250"
    assert found["ordered_at__freshness"].seen == f"{LARGE} 22:36"


def test_what_comes_after_the_day_changes_nothing(home: LinliHome, tmp_path: Path) -> None:
    def found(of: LinliHome) -> list[tuple]:
        judged = run_suites(of, ORDERS, LARGE, validate, must_have_rows=False).results
        return [(item.check, item.outcome, item.rows, item.seen, item.shares) for item in judged]

    without_future = home_with(tmp_path, {"orders": (HEADER, orders(LARGE))})
    assert found(home) == found(without_future)


def test_a_wrong_day_warns_and_never_blocks(home: LinliHome) -> None:
    for day in (HALF, LARGE, CUT_OFF):
        failed = [result for result in run_checks(home, ORDERS, day) if not result.passed]
        assert failed and {result.severity.value for result in failed} == {"WARN"}


def test_stock_counted_for_the_next_day_belongs_to_it(tmp_path: Path) -> None:
    """A table without a partition has business days too: the cut-off closes them."""
    header = ["warehouse_id", "sku_id", "counted_at", "on_hand_units"]
    times = [f"2026-09-{day:02} 22:30:00" for day in range(1, 16)] + ["2026-09-15 23:30:00"]
    rows = [["w", f"s{n}", at, "5"] for at in times for n in range(20)]
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "platform.toml").write_text('cutoff = "23:00"\n', "utf-8")
    home = home_with(tmp_path, {"stock": (header, rows)})
    found = {
        item.check: item
        for item in run_suites(
            home, STOCK, date(2026, 9, 15), validate, must_have_rows=False
        ).results
    }
    assert found["table__volume"].seen == "20" and found["table__volume"].passed
    assert found["counted_at__freshness"].seen == "2026-09-15 22:30"


def stored(home: LinliHome) -> pa.Table:
    with home.lakehouse.session() as session:
        return session.arrow("select * from orders")


def test_a_column_more_or_of_another_type_fails_the_schema_and_blocks(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"orders": (HEADER, orders(THIRD_DAY))})
    data = stored(home).append_column("invented", pa.array([1] * 750))
    place = data.column_names.index("quantity_units")
    data = data.set_column(place, "quantity_units", data["quantity_units"].cast(pa.int64()))
    deltalake.write_deltalake(
        str(home.lakehouse.path(ORDERS)), data, mode="overwrite", schema_mode="overwrite"
    )
    results = {result.check_name: result for result in run_checks(home, ORDERS, THIRD_DAY)}
    schema = results["table__schema"]
    assert not schema.passed and schema.severity.value == "ERROR"
    assert schema.metadata["seen"].value == (
        "missing quantity_units:double; unexpected invented:long, quantity_units:long"
    )
    assert results["quantity_units__range"].passed  # still readable by the contract


def test_a_missing_column_leaves_the_rest_unjudged(tmp_path: Path) -> None:
    home = home_with(tmp_path, {"orders": (HEADER, orders(THIRD_DAY))})
    data = stored(home).drop_columns(["sale_unit"])
    deltalake.write_deltalake(
        str(home.lakehouse.path(ORDERS)), data, mode="overwrite", schema_mode="overwrite"
    )
    results = {result.check_name: result for result in run_checks(home, ORDERS, THIRD_DAY)}
    assert not results["table__schema"].passed
    assert not any(result.passed for result in results.values())
    assert "not_checked" in results["sku_id__required"].metadata["status"].value
