"""Staged files have the columns of the lake; those of bad rows also say why each is bad."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from assets.ingest.stage.staging_queries import REJECTION, stored_without_day
from data_contracts.exports import ORDERS
from tests.staging import staged

HEADER = "order_id,line_id,ordered_at,sku_id,quantity_units"
GOOD = "o1,1,2026-09-04 10:00:00,s1,1"
REPAIRED = "o2,1,2026-09-04 10:00:00,s1,２"
BAD = "o3,1,2026-09-04 10:00:00,s1,many"
WITHOUT_KEY = ",1,2026-09-04 10:00:00,s1,1"


def test_only_bad_rows_carry_reason_key_value_and_text(tmp_path: Path) -> None:
    text = "\n".join([HEADER, GOOD, REPAIRED, BAD, WITHOUT_KEY]) + "\n"
    found, good = staged(tmp_path, "orders.csv", text)
    lake = list(stored_without_day(ORDERS))
    assert [pq.ParquetFile(file.path).schema_arrow.names for file in found.good] == [lake, lake]
    assert [row["repairs"] for row in good] == [None, "quantity_units:full_width"]
    (path,) = found.bad
    bad = pq.ParquetFile(path).read()
    assert bad.column_names == [*lake, *REJECTION]
    assert bad.column("repairs").to_pylist() == [None, None]
    columns = ["reason_code", "raw_value", "raw_text", "row_key"]
    wrong, nameless = found.quarantine.select(columns).to_pylist()
    assert (wrong["reason_code"], wrong["raw_value"]) == ("quantity_units.type", "many")
    assert wrong["raw_text"].endswith("many") and len(wrong["row_key"]) == 16
    assert (nameless["reason_code"], nameless["raw_value"]) == ("order_id.required", "")
    assert nameless["row_key"] is None
