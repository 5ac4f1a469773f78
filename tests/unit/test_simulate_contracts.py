"""Every simulated export obeys its contract; and the checker used here does find what is wrong."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.table import Table
from models.simulate import deliveries, generated_lines
from models.simulate.config import SimulationConfig
from models.simulate.simulation import SimulatedPlatform, simulate

SMALL = SimulationConfig(days=120, users=300, communities=6, skus=40)


@cache
def small_platform() -> SimulatedPlatform:
    return simulate(SMALL)


def violations(contract: Table, table: pa.Table) -> list[str]:
    """What a table breaks of its contract: types, required, codes, bounds, patterns, key."""
    found = [] if table.schema.equals(contract.arrow_schema()) else ["schema differs"]
    for column in contract.columns:
        values = table[column.name]
        if column.required and values.null_count:
            found.append(f"{column.name}: required, {values.null_count} empty")
        present = values.drop_null()
        if not len(present):
            continue
        if column.codes is not None:
            allowed = pa.array(column.codes.values())
            if not pc.all(pc.is_in(present, value_set=allowed)).as_py():
                found.append(f"{column.name}: a code outside its list")
        if column.pattern and not all(
            pc.match_substring_regex(present, f"^(?:{column.pattern})$").to_pylist()
        ):
            found.append(f"{column.name}: pattern")
        numbers = pc.min_max(present.cast(pa.float64())).as_py() if _bounded(column) else {}
        if column.minimum is not None and (
            numbers["min"] < column.minimum
            or (column.exclusive_minimum and numbers["min"] == column.minimum)
        ):
            found.append(f"{column.name}: below {column.minimum}")
        if column.maximum is not None and numbers["max"] > column.maximum:
            found.append(f"{column.name}: above {column.maximum}")
    keys = table.select(list(contract.key)).to_pandas()
    if keys.duplicated().any():
        found.append(f"key {contract.key}: {int(keys.duplicated().sum())} repeated")
    return found


def _bounded(column) -> bool:
    return column.minimum is not None or column.maximum is not None


@pytest.mark.parametrize("contract", EXPORTS, ids=lambda contract: contract.name)
def test_export_obeys_contract(contract):
    table = small_platform().exports[contract.name]
    assert table.num_rows > 0
    assert violations(contract, table) == []


def test_one_table_per_contract_and_no_other():
    assert list(small_platform().exports) == [contract.name for contract in EXPORTS]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("hours_status", "A" * 23, "hours_status: pattern"),
        ("sku_id", None, "sku_id: required, 1 empty"),
    ],
)
def test_checker_finds_a_broken_availability_row(column, value, message):
    contract = BY_NAME["availability"]
    rows = small_platform().exports["availability"].slice(0, 3).to_pylist()
    rows[1][column] = value
    assert message in violations(contract, pa.Table.from_pylist(rows, contract.arrow_schema()))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("quantity_units", 0.0, "quantity_units: below 0"),
        ("order_status", "gone", "order_status: a code outside its list"),
        ("line_id", "same", "key ('order_id', 'line_id'): 1 repeated"),
    ],
)
def test_checker_finds_a_broken_order_line(column, value, message):
    contract = BY_NAME["orders"]
    rows = small_platform().exports["orders"].slice(0, 3).to_pylist()
    for row in rows[:2]:
        row["order_id"], row[column] = "1", value
    assert message in violations(contract, pa.Table.from_pylist(rows, contract.arrow_schema()))


@pytest.mark.parametrize(
    ("child", "column", "parent", "key"),
    [
        ("orders", "sku_id", "products", "sku_id"),
        ("orders", "user_id", "users", "user_id"),
        ("orders", "community_id", "communities", "community_id"),
        ("orders", "activity_id", "promotions", "activity_id"),
        ("logistics", "order_id", "orders", "order_id"),
        ("chat", "order_id", "orders", "order_id"),
        ("browse", "sku_id", "products", "sku_id"),
        ("contacts", "user_id", "users", "user_id"),
        ("stock", "warehouse_id", "communities", "warehouse_id"),
        ("products", "supplier_id", "suppliers", "supplier_id"),
        ("supply_terms", "supplier_id", "suppliers", "supplier_id"),
        ("supply_terms", "sku_id", "products", "sku_id"),
        ("purchase_orders", "supplier_id", "suppliers", "supplier_id"),
        ("purchase_orders", "sku_id", "supply_terms", "sku_id"),
        ("purchase_orders", "warehouse_id", "communities", "warehouse_id"),
        ("weather", "area_id", "communities", "region_id"),
    ],
)
def test_references_lead_somewhere(child, column, parent, key):
    exports = small_platform().exports
    used = set(exports[child][column].drop_null().to_pylist())
    assert used
    assert used <= set(exports[parent][key].to_pylist())


def test_no_event_lies_after_the_moment_of_export():
    exports = small_platform().exports
    moments = {
        "orders": ["ordered_at", "paid_at", "updated_at", "cancelled_at", "refunded_at"],
        "browse": ["occurred_at"],
        "chat": ["sent_at"],
        "logistics": ["dispatched_at", "arrived_at", "picked_up_at", "updated_at"],
        "stock": ["counted_at"],
        "purchase_orders": ["ordered_at", "received_at", "updated_at"],
        "weather": ["issued_at"],
        "promotions": ["announced_at"],
        "users": ["registered_at"],
    }
    midnight = pa.scalar(f"{SMALL.end} 23:59:59").cast(pa.timestamp("us"))
    for name, columns in moments.items():
        for column in columns:
            last = pc.max(exports[name][column])
            assert pc.less_equal(last, midnight).as_py(), f"{name}.{column}: {last}"


def test_same_seed_same_tables_and_truth_other_seed_others():
    again = simulate(SMALL)
    other = simulate(SimulationConfig(days=120, users=300, communities=6, skus=40, seed=2))
    first = small_platform()
    for name, table in first.exports.items():
        assert table.equals(again.exports[name]), name
    for name, frame in first.truth.items():
        assert frame.equals(again.truth[name]), name
    for name in (
        "orders", "browse", "chat", "logistics", "weather", "users", "promotions", "purchase_orders"
    ):  # fmt: skip
        assert not first.exports[name].equals(other.exports[name]), name


def test_postage_lines_of_lost_orders_are_no_product_anybody_talks_about(monkeypatch):
    """Rare together, so made frequent: postage on every order and many orders lost."""
    monkeypatch.setattr(generated_lines, "POSTAGE_SHARE", 1.1)
    monkeypatch.setattr(deliveries, "_SHARES", (0.03, 0.01, 0.01, 0.01, 0.2))
    exports = simulate(SimulationConfig(days=30, users=60, communities=2, skus=20)).exports
    orders, products = exports["orders"].to_pandas(), exports["products"].to_pandas()
    postage = products.loc[~products["is_goods"].astype(bool), "sku_id"].item()
    assert (orders["sku_id"] == postage).sum() == orders["order_id"].nunique()
    assert (exports["logistics"]["shipment_status"].to_pandas() == "lost").any()
    for name in ("chat", "availability", "promotions", "stock", "contacts", "purchase_orders"):
        assert postage not in set(exports[name]["sku_id"].to_pylist()), name
