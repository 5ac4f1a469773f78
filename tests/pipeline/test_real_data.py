"""Real input, read the way a user would; skipped where the shared data is not at hand."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from assets.resources.home import LinliHome
from pipelines.adapters import import_dataset
from tests.lake import ingest

SHARED = os.environ.get("LINLI_SHARED_DATA")
needs_shared_data = pytest.mark.skipif(
    SHARED is None, reason="LINLI_SHARED_DATA is not set: real data is not at hand"
)


@needs_shared_data
def test_uci_online_retail_is_accounted_for_to_the_row(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    import_dataset("uci_online_retail", Path(SHARED or "") / "uci_online_retail", exports)
    home = LinliHome(home=str(tmp_path / "home"), exports=str(exports))
    ingest(home)
    with home.lakehouse.session() as session:
        assert session.rows(
            "select rows_read, rows_loaded, rows_quarantined, rows_duplicate "
            "from ingest_ledger where export = 'orders'"
        ) == [(541_909, 535_303, 1_338, 5_268)]
        assert session.rows(
            "select reason_code, count(*) from quarantine group by 1 order by 1"
        ) == [("quantity_units.range", 1_336), ("unit_price_yuan.range", 2)]
        # cancellation lines (an invoice that begins with C) and lines without a customer: what is
        # in the source is stored, or an identical line stands for it, or it is set aside
        source = pq.read_table(exports / "orders.parquet").to_pandas()
        key = ["order_id", "line_id"]
        for lines, total, stored, set_aside in (
            (source["order_id"].str.startswith("C"), 9_288, "order_id like 'C%'", "C"),
            (source["user_id"].isna(), 135_080, "user_id is null", "no customer"),
        ):
            part = source[lines]
            again = int(part.duplicated(key).sum())
            held = session.scalar(f"select count(*) from orders where {stored}")
            bad = int((~part.duplicated(key) & ~part["quantity_units"].gt(0)).sum()) + int(
                (~part.duplicated(key) & part["unit_price_yuan"].astype(float).lt(0)).sum()
            )
            assert (len(part), held + again + bad) == (total, total), set_aside
        read, parts = session.rows(
            "select money_read_yuan, money_kept_yuan + money_given_back_yuan + "
            "money_quarantined_yuan + money_duplicate_yuan + money_superseded_yuan "
            "from ingest_ledger where export = 'orders'"
        )[0]
        assert read == parts
        kept = session.scalar(
            "select count(distinct user_id) from orders where business_date <= $as_of "
            "and quantity_units > coalesce(cancelled_units, 0)",
            as_of=date(2011, 11, 9),
        )
        assert kept == 4_086
