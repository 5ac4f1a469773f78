"""What Dagster's pages show: days from the platform's first one on, runs of the CLI, lists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest
import yaml

from assets.framework.day_asset import FRESH_WITHIN_A_DAY
from assets.publish.lists import previews
from assets.resources.home import LinliHome
from assets.resources.home_folder.run_lock import one_run
from assets.resources.lakehouse.lakehouse import Lakehouse
from data_contracts.lists import RESTOCK, WAKE_UP
from data_contracts.tables.bookkeeping import INGEST_LEDGER
from data_contracts.tables.demand import DEMAND_DAY, DEMAND_FORECAST
from models.clock import FIRST_DAY
from pipelines.cli import dagster_timeline
from pipelines.cli.reload_days import FirstDayWatch, reload_location
from pipelines.first_day import first_day
from pipelines.flow import FLOW

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 9, 10)


def put(lake: Lakehouse, table: object, rows: list[dict]) -> None:
    """Store rows that say of their columns only what matters here."""
    schema = table.arrow_schema()
    full = [{field.name: row.get(field.name) for field in schema} for row in rows]
    lake.overwrite(table, pa.Table.from_pylist(full, schema=schema))


def home_of(tmp_path: Path) -> LinliHome:
    (tmp_path / "e").mkdir()
    return LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path / "e"))


def test_days_begin_with_the_first_order_that_was_loaded(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    assert first_day(home) == FIRST_DAY
    ledger = [
        {"export": "orders", "file_sha256": "a", "first_day": DAY},
        {"export": "orders", "file_sha256": "b", "first_day": DAY - timedelta(days=40)},
        {"export": "browse", "file_sha256": "c", "first_day": DAY - timedelta(days=400)},
        {"export": "products", "file_sha256": "d"},
    ]
    put(home.lakehouse, INGEST_LEDGER, ledger)
    assert first_day(home) == DAY - timedelta(days=40)


def test_a_changed_first_day_is_noticed_when_no_run_is_under_way(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    watch = FirstDayWatch(home)
    assert not watch.has_changed()
    ledger = [{"export": "orders", "file_sha256": "a", "first_day": DAY}]
    with one_run(home.root, "run", report=print):
        put(home.lakehouse, INGEST_LEDGER, ledger)
        assert not watch.has_changed()
    assert watch.has_changed() and not watch.has_changed()
    later = {"export": "orders", "file_sha256": "b", "first_day": DAY + timedelta(days=1)}
    put(home.lakehouse, INGEST_LEDGER, [*ledger, later])
    assert not watch.has_changed()


def test_the_location_is_reloaded_by_its_name_in_the_workspace() -> None:
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, json.loads(content)["query"]))
            self.send_response(200)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        reload_location(server.server_port)
        thread.join()
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text("utf-8"))
    name = workspace["load_from"][0]["python_module"]["location_name"]
    ((path, query),) = asked
    assert path == "/graphql" and f'reloadRepositoryLocation(repositoryLocationName: "{name}")' in (
        query
    )


def test_several_platforms_in_doubt_are_no_error_here(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    (tmp_path / "e" / "platform.toml").write_bytes(b"id = \xff")
    assert first_day(home) == FIRST_DAY


BEGINS = """
from datetime import date
from assets.framework import partitions
partitions.set_first_day(date(2026, 8, 1))
from pipelines.flow import FLOW
print(min(next(iter(asset.specs)).partitions_def.get_first_partition_key() for asset in FLOW))
"""


def test_every_asset_takes_the_day_that_was_set_before_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGINS], capture_output=True, text=True, env=dict(os.environ),
        check=False,
    )  # fmt: skip
    assert done.stdout == "2026-08-01\n", done.stderr[-500:]


@pytest.mark.parametrize(
    ("number", "is_closed"),
    [("999999999", True), (str(os.getpid()), False)],
    ids=["gone", "running"],  # a process's number would differ between the processes of a suite
)
def test_a_run_whose_process_is_gone_is_said_to_be_killed(number: str, is_closed: bool) -> None:
    @dg.job
    def the_day() -> None: ...

    instance = dg.DagsterInstance.ephemeral()
    run = instance.create_run_for_job(
        the_day,
        status=dg.DagsterRunStatus.STARTED,
        tags={
            **dagster_timeline.run_tags(),
            dagster_timeline.PROCESS: number,
            "dagster/partition": "2026-09-10",
        },
    )
    dagster_timeline.fail_killed_runs(instance)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert (found.status is dg.DagsterRunStatus.FAILURE) == is_closed


def test_a_run_of_the_cli_bears_the_place_its_job_has_in_the_workspace() -> None:
    @dg.job
    def the_day() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        with dagster_timeline.shown_in_timeline(instance):
            run_id = the_day.execute_in_process(
                instance=instance, tags=dagster_timeline.run_tags()
            ).run_id
        run = instance.get_run_by_id(run_id)
        assert run is not None and run.remote_job_origin is not None
        place = run.remote_job_origin.repository_origin
        stated = yaml.safe_load((ROOT / "workspace.yaml").read_text("utf-8"))
        located = stated["load_from"][0]["python_module"]["location_name"]
        assert place.code_location_origin.location_name == located
        assert run.tags[".dagster/repository"] == f"__repository__@{located}"
        assert the_day.execute_in_process(instance=instance).dagster_run.remote_job_origin is None


def test_previews_show_products_and_no_person() -> None:
    names = [column.column.name for column in WAKE_UP.columns]
    schema = WAKE_UP.source.arrow_schema()
    row = {field.name: None for field in schema if field.name in names}
    row |= {"sku_name": "苹果|大", "masked_name": "张*", "masked_phone": "138****0000"}
    row |= {"user_id": "p1", "priority": 1, "reason_zh": "已16天未下单"}
    lines = pa.Table.from_pylist([row], schema=pa.schema([schema.field(name) for name in names]))
    shown = previews.first_lines(WAKE_UP, lines).value
    assert "苹果｜大" in shown and "推荐商品" in shown
    assert not any(secret in shown for secret in ("张", "138", "p1", "16天"))


def test_a_forecast_is_drawn_beside_what_was_sold(tmp_path: Path) -> None:
    lake = home_of(tmp_path).lakehouse
    key = {"warehouse_id": "w", "sku_id": "s"}
    days = [DAY - timedelta(days=back) for back in range(3)]
    put(lake, DEMAND_DAY, [{"as_of": DAY, "day": day, "sold_units": 5.0} | key for day in days])
    forecasts = [
        {"as_of": day - timedelta(days=1), "horizon": "day_1", "target_day": day, "mean_units": 4.0}
        for day in days
    ]
    forecasts += [
        {
            "as_of": DAY,
            "horizon": f"day_{n}",
            "target_day": DAY + timedelta(days=n),
            "mean_units": 6.0,
        }
        for n in (1, 2, 3)
    ]
    put(lake, DEMAND_FORECAST, [row | key | {"model_version": "m"} for row in forecasts])
    with lake.session(DEMAND_DAY, DEMAND_FORECAST) as session:
        rows = session.rows(previews._FORECAST_AND_SOLD, as_of=DAY, since=DAY - timedelta(days=28))
        picture = previews.forecast_and_sold(session, DAY)
    assert [(day, sold, forecast) for day, sold, forecast in rows] == [
        *((day, 5.0, 4.0) for day in sorted(days)),
        *((DAY + timedelta(days=n), None, 6.0) for n in (1, 2, 3)),
    ]
    assert picture is not None and "data:image/png;base64," in picture.value


def test_people_see_when_what_they_wait_for_is_late_and_what_is_of_an_earlier_version() -> None:
    specs = {spec.key.to_user_string(): spec for asset in FLOW for spec in asset.specs}
    for name in ("restock_list", "wake_up_list", "orders"):
        assert specs[name].freshness_policy == FRESH_WITHIN_A_DAY
    assert all(spec.code_version for spec in specs.values())
    assert specs["users"].tags["linli/personal"] == "yes"
    assert specs["weather"].tags["linli/personal"] == "no"
    columns = previews.lineage(RESTOCK.columns, RESTOCK.source.name).deps_by_column
    assert columns["sku_name"][0].asset_key == dg.AssetKey("restock_lines")
