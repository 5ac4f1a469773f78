"""Records in JSON: every field is described, kept and checked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from data_contracts.records.json_form import json_schema, record_from_json, to_json
from data_contracts.records.manifest import AbsentExport, Manifest
from data_contracts.records.run_card import CardList, RunCard

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


@pytest.mark.parametrize("kind", [RunCard, Manifest, CardList])
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
