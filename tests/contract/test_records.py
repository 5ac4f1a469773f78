"""Records in JSON: every field is described, kept and checked."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from assets.ingest.merge.ledger import ledger_table
from data_contracts.records.file_check import FileCheck, UnreadableFile
from data_contracts.records.json_form import json_schema, record_from_json, to_json
from data_contracts.records.ledger import LedgerRow
from data_contracts.records.list_state import ListState
from data_contracts.records.manifest import AbsentExport, Manifest
from data_contracts.records.run_card import CardList, RunCard
from data_contracts.tables.bookkeeping import INGEST_LEDGER

# Ten rows read, one of each kind set aside, replaced, retracted and erased; an order of 30 yuan.
LEDGER_ROW = LedgerRow(
    export="orders",
    file_name="orders.csv",
    file_sha256="a1",
    file_bytes=900,
    file_format="csv",
    preset="generic 1",
    rows_read=10,
    rows_loaded=1,
    rows_quarantined=2,
    rows_duplicate=3,
    rows_superseded=4,
    rows_forgotten=0,
    rows_repaired=0,
    money_read_yuan=Decimal("30.0000"),
    money_kept_yuan=Decimal("1.0000"),
    money_given_back_yuan=Decimal("2.0000"),
    money_quarantined_yuan=Decimal("4.0000"),
    money_duplicate_yuan=Decimal("8.0000"),
    money_superseded_yuan=Decimal("15.0000"),
    money_forgotten_yuan=Decimal("0.0000"),
    rows_without_amount=0,
    first_day=date(2026, 10, 30),
    last_day=date(2026, 10, 31),
    latest_event_at=datetime(2026, 10, 31, 20, 15),
    ignored_columns=None,
    ignored_sheets=None,
    superseded_by=None,
    product_unit_columns=None,
)
NOWCAST: dict[str, Any] = {
    "as_of": "2026-10-31",
    "list": "nowcast",
    "title_zh": "当日订单预估",
    "rows": 3,
    "platform": {"id": "a", "name": "A", "currency": "CNY", "notes": []},
    "cutoff": "23:00",
    "data_before": None,
    "fallbacks": [],
}
LOADED = {
    "zh": "订单明细",
    "status": "loaded",
    "files": 1,
    "rows_read": 9,
    "rows": 8,
    "rows_quarantined": 1,
    "rows_duplicate": 0,
    "rows_superseded": 0,
    "rows_forgotten": 0,
    "last_day": "2026-10-31",
    "days_behind": None,
    "latest_event_at": None,
}


@pytest.mark.parametrize(
    "kind", [RunCard, Manifest, CardList, LedgerRow, FileCheck, UnreadableFile, ListState]
)
def test_the_schema_describes_every_field(kind: type[Any]) -> None:
    assert list(json_schema(kind)["properties"]) == [item.name for item in fields(kind)]


def test_a_schema_tells_required_fields_from_those_of_some_lists() -> None:
    assert json_schema(Manifest)["required"] == list(NOWCAST)


def test_json_keeps_null_and_leaves_out_what_a_list_does_not_have() -> None:
    assert to_json(record_from_json(Manifest, NOWCAST)) == NOWCAST


def test_freshness_is_read_as_loaded_or_absent() -> None:
    absent = {"zh": "社群与评价", "status": "no_evidence"}
    content = NOWCAST | {"freshness": {"orders": LOADED, "chat": absent}}
    manifest = record_from_json(Manifest, content)
    assert manifest.freshness is not None
    assert manifest.freshness["chat"] == AbsentExport(zh="社群与评价")
    assert to_json(manifest)["freshness"] == {"orders": LOADED, "chat": absent}


@pytest.mark.parametrize("change", [{"rows": "many"}, {"platform": None}, {"list": None}])
def test_a_value_of_the_wrong_kind_is_named(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        record_from_json(Manifest, NOWCAST | change)


def test_a_ledger_row_has_the_columns_of_its_table() -> None:
    assert [item.name for item in fields(LedgerRow)] == INGEST_LEDGER.column_names
    optional = {item.name for item in fields(LedgerRow) if "None" in str(item.type)}
    assert not optional & set(INGEST_LEDGER.required_names)


def test_a_ledger_row_comes_back_from_json_and_from_its_table() -> None:
    written = json.loads(json.dumps(to_json(LEDGER_ROW)))
    assert written["money_kept_yuan"] == "1.0000" and written["first_day"] == "2026-10-30"
    assert written["latest_event_at"] == "2026-10-31T20:15:00"
    assert record_from_json(LedgerRow, written) == LEDGER_ROW
    stored = ledger_table([LEDGER_ROW, replace(LEDGER_ROW, file_sha256="b2")])
    assert stored.schema.equals(INGEST_LEDGER.arrow_schema())
    assert LedgerRow(**stored.to_pylist()[0]) == LEDGER_ROW


PARTS = ("loaded", "quarantined", "duplicate", "superseded", "forgotten")
MONEY = ("kept", "given_back", "quarantined", "duplicate", "superseded", "forgotten")


@pytest.mark.parametrize("name", [f"rows_{part}" for part in PARTS])
def test_every_row_that_was_read_is_accounted_for(name: str) -> None:
    assert LEDGER_ROW.rows_accounted == LEDGER_ROW.rows_read
    more = replace(LEDGER_ROW, **{name: getattr(LEDGER_ROW, name) + 1})
    assert more.rows_accounted == LEDGER_ROW.rows_read + 1


@pytest.mark.parametrize("name", [f"money_{part}_yuan" for part in MONEY])
def test_every_fen_that_was_read_is_accounted_for(name: str) -> None:
    assert LEDGER_ROW.money_accounted_yuan == LEDGER_ROW.money_read_yuan
    more = replace(LEDGER_ROW, **{name: getattr(LEDGER_ROW, name) + Decimal("0.01")})
    assert more.money_accounted_yuan == LEDGER_ROW.money_read_yuan + Decimal("0.01")
