"""Whatever a file holds: no row is lost, keys are unique, the outcome does not depend on luck."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lake import home_with, ingest, write_export

HEADER = [
    "order_id",
    "line_id",
    "ordered_at",
    "sku_id",
    "quantity_units",
    "updated_at",
    "sale_unit",
]

anything = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r\ufeff"), max_size=8
)
row = st.tuples(
    st.sampled_from(["1", "2", "3", ""]) | anything,
    st.sampled_from(["1", "2"]),
    st.sampled_from(["2026-09-04 10:00:00", "2026-09-05 09:00:00", "2026-13-01", ""]),
    st.just("s"),
    st.sampled_from(["1", "2.5", "0", "-1", "x", "", "1e2", "nan"]),
    st.sampled_from(["", "2026-09-05 00:00:00", "2026-09-06 00:00:00"]),
    st.sampled_from(["", "kg", "piece", "斤"]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(row, min_size=1, max_size=12), st.lists(row, max_size=6))
def test_rows_read_are_rows_accounted_for(first: list, second: list) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = home_with(Path(folder), {"orders": (HEADER, first)})
        if second:
            write_export(home.exports_dir, "orders_b", HEADER, second)
            ingest(home)
        with home.lakehouse.session() as session:
            accounts = session.rows(
                "select file_name, rows_read, rows_loaded, rows_quarantined, rows_duplicate, "
                "rows_superseded from ingest_ledger order by 1"
            )
            kept = session.rows("select order_id, line_id from orders")
            held = Counter(sha for (sha,) in session.rows("select file_sha256 from orders"))
            aside = session.scalar("select count(*) from quarantine")
        written = {"orders.csv": len(first), "orders_b.csv": len(second)}
        for name, read, loaded, quarantined, duplicate, superseded in accounts:
            # a row set aside is superseded when a later file has its key in order
            assert read == written[name] == loaded + quarantined + duplicate + superseded
        assert sum(account[2] for account in accounts) == len(kept) == sum(held.values())
        assert sum(account[3] for account in accounts) == aside
        assert len(set(kept)) == len(kept)
