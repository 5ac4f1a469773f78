"""Small lakes for the tests of demand: exports written straight to where ingest would put them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from assets.framework.day_asset import DayRun
from assets.predict.demand.demand_features import Origin, create_panel_series, feature_rows
from assets.predict.demand.sums.sum_rows import coming_sums
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import stored_columns
from data_contracts.exports import BY_NAME
from data_contracts.table import Type
from tests.events import materialize
from tests.lake import asking

_ARROW = {kind.duckdb: kind.arrow for kind in Type}

Rows = Iterable[Mapping[str, Any]]


def home_at(root: Path, *, cutoff: str = "24:00") -> LinliHome:
    """A home under `root` whose platform closes its day at `cutoff`."""
    exports = root / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    (exports / "platform.toml").write_text(f'cutoff = "{cutoff}"\n', "utf-8")
    return LinliHome(home=str(root / "home"), exports=str(exports), threads=1, memory_limit="1GB")


def put(home: LinliHome, name: str, rows: Rows) -> None:
    """Overwrite export `name`; columns that a row does not name are empty."""
    table = BY_NAME[name]
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in stored_columns(table).items()])
    full = [{column: row.get(column) for column in schema.names} for row in rows]
    home.lakehouse.overwrite(table, pa.Table.from_pylist(full, schema=schema))


def order_line(
    number: int,
    day: date,
    sku: str,
    units: float,
    *,
    hour: int = 12,
    community: str = "c1",
    **more: Any,
) -> dict[str, Any]:
    """A line on business day `day`."""
    return {
        "order_id": f"o{number}",
        "line_id": "1",
        "ordered_at": datetime(day.year, day.month, day.day, hour),
        "business_date": day,
        "community_id": community,
        "sku_id": sku,
        "category": "fruit",
        "quantity_units": units,
        **more,
    }


def run_day(
    home: LinliHome, as_of: date, *assets: dg.AssetsDefinition
) -> dict[str, dict[str, Any]]:
    """Materialise `assets` for `as_of`; metadata by asset name."""
    result = materialize(list(assets), partition_key=as_of.isoformat(), resources={"linli": home})
    assert result.success
    return {
        event.materialization.asset_key.to_user_string(): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
    }


def table(home: LinliHome, sql: str) -> pd.DataFrame:
    with asking(home, sql) as session:
        return session.frame(sql)


def sum_features(home: LinliHome, as_of: date, days_back: Iterable[int]) -> pd.DataFrame:
    """Rows of longer sums of the origins that lie `days_back` before `as_of`, by id."""
    run = DayRun(step="test", as_of=as_of, home=home, log=lambda line: None)
    origins = [
        Origin(as_of - timedelta(days=back), 1, 1) for back in sorted(days_back, reverse=True)
    ]
    with home.lakehouse.session() as session:
        create_panel_series(session, run)
        rows = coming_sums(session, feature_rows(session, run, origins))
        names = session.frame("select series_no, warehouse_id, sku_id from panel_series")
    return rows.merge(names, on="series_no")


def features(home: LinliHome, as_of: date, days_back: Iterable[int]) -> pd.DataFrame:
    """Feature rows of the origins that lie `days_back` before `as_of`, by id."""
    run = DayRun(step="test", as_of=as_of, home=home, log=lambda line: None)
    origins = [
        Origin(as_of - timedelta(days=back), 1, 1) for back in sorted(days_back, reverse=True)
    ]
    with home.lakehouse.session() as session:
        create_panel_series(session, run)
        rows = feature_rows(session, run, origins)
        names = session.frame("select series_no, warehouse_id, sku_id from panel_series")
    return rows.merge(names, on="series_no")
