"""Draw a small restock workbook and publish it, for tests of its pages and of edits taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.publish.lists.order_files import order_files
from assets.publish.lists.publish_list import Draft, list_version_of
from assets.publish.lists.restock_pages.pages import restock_pages
from assets.resources.home import LinliHome
from assets.resources.outbox import outbox
from assets.resources.outbox.spreadsheet import csv_bytes, displayed_table, write_parquet
from assets.resources.outbox.workbook import Page, Sheet, write_xlsx
from data_contracts.lists import RESTOCK
from data_contracts.order_presets.preset import OrderPreset, built_in_preset
from data_contracts.records.json_form import to_json
from data_contracts.records.manifest import Manifest, PlatformFacts, StepFallback

DAY = date(2026, 10, 31)
SUNDAY, TUESDAY = date(2026, 11, 1), date(2026, 11, 3)

LINES: list[dict[str, Any]] = [
    {"warehouse_id": "W1", "supplier_id": "S2", "supplier_name": "绿源", "sku_id": "007",
     "sku_name": "=cmd", "suggested_units": 24.0, "suggested_packs": 2.0, "pack_size_units": 12.0,
     "cost_yuan": 2.5, "amount_yuan": 60.0, "sold_out_on": SUNDAY, "arrives_on": TUESDAY,
     "order_on": DAY, "exception": "short_before_arrival", "short_before_units": 4.0,
     "flag_zh": "预计11月1日售罄，早于11月3日到货"},
    {"warehouse_id": "W2", "supplier_id": "S2", "supplier_name": "绿源", "sku_id": "8",
     "sku_name": "菠菜", "sale_unit": "kg", "suggested_units": 3.5, "suggested_packs": 0.35,
     "pack_size_units": 10.0, "cost_yuan": 4.0, "amount_yuan": 14.0, "arrives_on": SUNDAY,
     "order_on": DAY, "fulfilment_mode": "presale"},
    {"warehouse_id": "W1", "supplier_id": "S1", "supplier_name": "S1", "sku_id": "9",
     "sku_name": "纸巾", "suggested_units": 6.0, "suggested_packs": 1.0, "pack_size_units": 6.0,
     "arrives_on": TUESDAY, "order_on": DAY},
    {"warehouse_id": "W1", "sku_id": "10", "sku_name": "牙膏", "suggested_units": 0.0,
     "cost_yuan": 5.0, "on_hand_units": 40.0, "no_order_reason": "enough_stock",
     "sold_out_on": date(2026, 11, 9)},
    {"warehouse_id": "W1", "sku_id": "11", "sku_name": "酸奶", "suggested_units": 0.0,
     "cost_yuan": 5.0, "on_hand_units": 40.0, "exception": "will_expire",
     "no_order_reason": "enough_stock", "sold_out_on": TUESDAY, "flag_zh": "约3件卖不完会过期"},
]  # fmt: skip
_COMMON = {
    "as_of": DAY, "fulfilment_mode": "prestock", "sale_unit": "piece",
    "reason_zh": "至下次到货需求8件",
}  # fmt: skip


def stored(lines: list[dict[str, Any]] | None = None) -> pa.Table:
    """The lines by stored column names, as `RESTOCK.query()` gives them."""
    schema = pa.schema([(c.column.name, c.column.type.arrow) for c in RESTOCK.columns])
    rows = [dict.fromkeys(schema.names) | _COMMON | line for line in (lines or LINES)]
    return pa.Table.from_pylist(rows, schema=schema)


def draft(table: pa.Table, fallbacks: tuple[StepFallback, ...] = (), **facts: Any) -> Draft:
    """A list about to be published; `facts`: other fields of its manifest."""
    cells = displayed_table(RESTOCK.columns, table)
    manifest = Manifest(
        as_of=DAY.isoformat(),
        list="restock",
        title_zh="补货清单",
        rows=table.num_rows,
        list_version=list_version_of(csv_bytes(RESTOCK.columns, cells), DAY.isoformat()),
        platform=PlatformFacts(id="p", name="邻里优选", currency="CNY", notes=()),
        cutoff="23:00",
        data_before="2026-10-31 23:00:00",
        freshness={},
        fallbacks=fallbacks,
    )
    return Draft(table, cells, replace(manifest, **facts))


def pages_of(made: Draft) -> list[Page]:
    version = made.manifest.list_version or ""
    every = Sheet("明细", RESTOCK.columns, made.cells, RESTOCK.frozen_columns, version)
    return [*restock_pages(made.lines, made.manifest), every]


def draw(
    path: Path, table: pa.Table, fallbacks: tuple[StepFallback, ...] = (), **facts: Any
) -> Path:
    write_xlsx(path, pages_of(draft(table, fallbacks, **facts)), DAY)
    return path


def publish(
    home: LinliHome, table: pa.Table, preset: OrderPreset | None = None
) -> outbox.Published:
    """Publish the list as the asset does: CSV, workbook, Parquet and order files."""
    made = draft(table)
    pages = pages_of(made)
    csv = csv_bytes(RESTOCK.columns, made.cells)

    def write_csv(path: Path) -> int:
        path.write_bytes(csv)
        return table.num_rows

    files: dict[str, outbox.Writer] = {
        RESTOCK.file_name(DAY, "csv"): write_csv,
        RESTOCK.file_name(DAY, "xlsx"): lambda path: write_xlsx(path, pages, DAY),
        RESTOCK.file_name(DAY, "parquet"): lambda path: write_parquet(path, made.cells),
        **order_files(made, preset or built_in_preset("generic")),
    }
    return outbox.publish(home.lists_dir("restock"), DAY, files, to_json(made.manifest))
