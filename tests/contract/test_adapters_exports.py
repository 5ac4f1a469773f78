"""What an import writes keeps to the contracts; real files give the counts known of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from data_contracts.exports import BY_NAME
from data_contracts.platform_file import Platform
from pipelines.adapters import ADAPTERS, import_dataset
from tests.unit import olist_source as olist
from tests.unit import test_adapters_frn50k as frn
from tests.unit import test_adapters_uci_online_retail as uci


def tiny_frn50k(folder: Path) -> Path:
    status = [0, 1] * 12
    row = frn.series_day(
        frn.date(2024, 4, 5),
        hours_sale=[0.1] * 24,
        hours_stock_status=status,
        discount=0.8,
        activity_flag=1,
        holiday_flag=1,
    )
    return frn.write_source(folder, [row])


def tiny_uci(folder: Path) -> Path:
    cancelled = uci.invoice_line(InvoiceNo="C1", Quantity=-1)
    return uci.write_source(folder, [uci.invoice_line(), cancelled])


def tiny_olist(folder: Path) -> Path:
    cancelled = olist.order("o2", order_status="canceled", order_delivered_customer_date=None)
    return olist.write_source(
        folder,
        olist.source(
            orders=[olist.order(), cancelled], order_items=[olist.item(), olist.item("o2")]
        ),
    )


TINY: dict[str, Callable[[Path], Path]] = {
    "frn50k": tiny_frn50k,
    "uci_online_retail": tiny_uci,
    "olist": tiny_olist,
}
WRITTEN = [(name, export) for name, adapter in ADAPTERS.items() for export in adapter.exports]


@pytest.fixture(scope="module")
def imports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folder of exports per adapter, made from one or two rows."""
    folders = {}
    for name, make in TINY.items():
        folder = tmp_path_factory.mktemp(name)
        import_dataset(name, make(folder / "source"), folder / "out")
        folders[name] = folder / "out"
    return folders


def test_every_adapter_is_tried_here() -> None:
    assert set(TINY) == set(ADAPTERS)


@pytest.mark.parametrize(("name", "export"), WRITTEN)
def test_columns_and_types_are_those_of_the_contract(
    imports: dict[str, Path], name: str, export: str
) -> None:
    table = BY_NAME[export]
    schema = pq.read_schema(imports[name] / f"{export}.parquet")
    assert set(table.required_names) <= set(schema.names)
    assert schema.names == [column for column in table.column_names if column in schema.names]
    assert {field.name: field.type for field in schema} == {
        name: table.column(name).type.arrow for name in schema.names
    }


@pytest.mark.parametrize(("name", "export"), WRITTEN)
def test_values_are_within_the_contract(imports: dict[str, Path], name: str, export: str) -> None:
    table = BY_NAME[export]
    rows = pq.read_table(imports[name] / f"{export}.parquet")
    assert rows.num_rows > 0
    for column in (table.column(column_name) for column_name in rows.column_names):
        values = rows[column.name]
        if column.required:
            assert values.null_count == 0, column.name
        if column.codes is not None:
            assert set(values.drop_null().to_pylist()) <= set(column.codes.values()), column.name
        if column.pattern is not None:
            assert pc.all(pc.match_substring_regex(values, f"^{column.pattern}$")).as_py()
        if column.minimum is None and column.maximum is None:
            continue
        numbers = [float(value) for value in values.drop_null().to_pylist()]
        assert all(column.minimum is None or value >= column.minimum for value in numbers)
        assert all(column.maximum is None or value <= column.maximum for value in numbers)


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_platform_file_is_read_back_whole(imports: dict[str, Path], name: str) -> None:
    text = (imports[name] / "platform.toml").read_text(encoding="utf-8")
    stated, written = ADAPTERS[name].platform, Platform.from_toml(text)
    assert stated.notes
    assert written == replace(stated, notes=written.notes)
    assert written.notes[: len(stated.notes)] == stated.notes
    assert (len(written.notes) > len(stated.notes)) is ADAPTERS[name].is_counted
    assert ADAPTERS[name].licence


@pytest.fixture(scope="module")
def real_orders(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """Order lines of the real UCI file."""
    shared = os.environ.get("LINLI_SHARED_DATA")
    if not shared:
        pytest.skip("LINLI_SHARED_DATA does not name the folder of public data sets")
    out = tmp_path_factory.mktemp("real") / "out"
    rows = import_dataset("uci_online_retail", Path(shared) / "uci_online_retail", out)
    assert rows == {"orders": 541_909, "products": 3_958, "communities": 38}
    return pq.read_table(out / "orders.parquet")


def test_real_rows_and_duplicates(real_orders: pa.Table) -> None:
    keys = real_orders.group_by(["order_id", "line_id"]).aggregate([])
    assert (real_orders.num_rows, keys.num_rows) == (541_909, 536_641)


def test_real_cancellations_adjustments_and_nameless_lines(real_orders: pa.Table) -> None:
    cancelled = real_orders.filter(pc.equal(real_orders["order_status"], "refunded"))
    assert cancelled.num_rows == 9_288
    assert pc.all(pc.equal(cancelled["quantity_units"], cancelled["cancelled_units"])).as_py()
    assert pc.sum(pc.less(real_orders["quantity_units"], 0)).as_py() == 1_336
    assert pc.sum(pc.less(real_orders["unit_price_yuan"], 0)).as_py() == 2
    assert real_orders["user_id"].null_count == 135_080


@pytest.mark.parametrize(
    ("before", "users"), [(datetime(2011, 11, 10), 4_086), (datetime(2011, 9, 10), 3_370)]
)
def test_real_users_with_a_kept_purchase(
    real_orders: pa.Table, before: datetime, users: int
) -> None:
    kept = real_orders.filter(
        pc.and_(
            pc.and_(
                pc.greater(real_orders["quantity_units"], 0),
                pc.is_null(real_orders["order_status"]),
            ),
            pc.less(real_orders["ordered_at"], pa.scalar(before, pa.timestamp("us"))),
        )
    )
    assert len(pc.unique(kept["user_id"].drop_null())) == users
