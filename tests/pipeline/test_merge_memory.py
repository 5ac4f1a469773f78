"""The memory a merge needs grows with the contested keys, not with the rows of one key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.ingest import load, load_plan
from data_contracts.exports import ORDERS
from tests.pipeline.hostile_files import accounts, orders, put

HEADER = "order_id,line_id,ordered_at,sku_id,quantity_units\n"


def test_a_row_repeated_a_hundred_thousand_times_is_held_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = put(tmp_path, "orders.csv", HEADER + "o,1,2026-09-04 10:00:00,s,1\n" * 100_000)
    held: dict[str, int] = {}
    merge_staged = load_plan.merge_staged

    def watched(session: Any, *arguments: Any) -> Any:
        change = merge_staged(session, *arguments)
        held.update(
            session.rows(
                "select table_name, estimated_size from duckdb_tables() where temporary "
                "and table_name <> 'contents'"
            )
        )
        return change

    monkeypatch.setattr(load_plan, "merge_staged", watched)
    load.load(home, ORDERS, lambda _: None)
    assert accounts(home) == {"orders.csv": [100_000, 1, 0, 99_999]}
    assert orders(home, "order_id, row_number") == [("o", 100_000)]
    assert held and sum(held.values()) < 10
