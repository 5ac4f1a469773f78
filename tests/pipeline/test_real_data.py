"""Real input, read the way a user would; skipped where the shared data is not at hand."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

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
        kept = session.scalar(
            "select count(distinct user_id) from orders where business_date <= $as_of "
            "and quantity_units > coalesce(cancelled_units, 0)",
            as_of=date(2011, 11, 9),
        )
        assert kept == 4_086
