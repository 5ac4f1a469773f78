"""What analysts meet in Dagster: the location loads from anywhere, wrong tables stop what rests
on them, every asset says what it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

import assets.checks.run_checks as checks
from assets.checks.results import CheckResult, check_name
from assets.framework.day_asset import DayRun, day_asset
from assets.resources.home import LinliHome
from data_contracts.tables.feedback import WISHES
from pipelines.definitions import build_defs
from pipelines.flow import CHECKED, FLOW, OPEN_DAY, OPEN_DAY_CHECKED
from pipelines.settings import Settings
from tests.events import QUIET, ephemeral
from tests.lake import write_export

ROOT = Path(__file__).resolve().parents[2]
GROUPS = {path.name for path in (ROOT / "assets").iterdir() if (path / "__init__.py").is_file()}
GROUPS -= {"framework", "resources", "checks"}  # no step of the flow


def test_the_workspace_loads_from_any_directory(tmp_path: Path) -> None:
    environment = os.environ | {"LINLI_HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", ROOT / "workspace.yaml"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr[-2000:]


@pytest.mark.parametrize("asset", (*FLOW, *OPEN_DAY), ids=lambda asset: asset.key.to_user_string())
def test_an_asset_says_what_it_is(asset: dg.AssetsDefinition) -> None:
    spec = next(iter(asset.specs))
    assert spec.group_name in GROUPS
    assert spec.owners and spec.kinds
    assert spec.description and len(spec.description) > 20
    assert spec.metadata["dagster/column_schema"].columns
    assert isinstance(spec.partitions_def, dg.DailyPartitionsDefinition)


@pytest.mark.parametrize(
    ("deps", "succeeds"), [(["browse"], False), (["orders"], True), ([], False)]
)
def test_a_step_that_reads_what_it_does_not_declare_fails(
    tmp_path: Path, deps: list[str], succeeds: bool
) -> None:
    """So that the lineage drawn is the lineage there is."""
    run = day_asset(WISHES, deps=deps, kinds={"sql"}, description="of orders")(_count_of_orders)
    home = LinliHome(home=str(tmp_path / "home"), exports=str(tmp_path))
    ran = dg.materialize(
        [run],
        partition_key="2026-09-30",
        resources={"linli": home},
        instance=ephemeral(),
        run_config=QUIET,
        raise_on_error=False,
    )
    assert ran.success == succeeds


def _count_of_orders(run: DayRun) -> int:
    with run.session() as session:
        return int(session.scalar("select count(*) from orders"))


def test_every_stored_table_is_checked() -> None:
    lists_and_reports = {"demand_model", "churn_model", "restock_list", "wake_up_list"}
    lists_and_reports |= {"database", "run_card"}
    names = {asset.key.to_user_string() for asset in FLOW}
    assert names - {table.name for table in CHECKED} == lists_and_reports
    of_open_day = {asset.key.to_user_string() for asset in OPEN_DAY}
    assert of_open_day - {table.name for table in OPEN_DAY_CHECKED} == {"nowcast_list"}


def test_the_nowcast_is_a_job_of_its_own_and_no_part_of_the_day() -> None:
    defs = build_defs()
    steps = {
        job: {node.name for node in defs.resolve_job_def(job).graph.nodes}
        for job in ("the_day", "nowcast")
    }
    made = {asset.key.to_user_string() for asset in OPEN_DAY}
    assert made <= steps["nowcast"] and "check_order_nowcast" in steps["nowcast"]
    assert not {name for name in steps["the_day"] if "nowcast" in name}
    watch = {"watch_demand_drift"}  # two checks in one step
    assert watch <= steps["the_day"]
    assert len(steps["the_day"] - watch) == len(FLOW) + len(CHECKED)
    # a day that is not over has too few orders for the checks of a whole one
    assert "orders" in steps["nowcast"] and "check_orders" not in steps["nowcast"]


def test_telemetry_is_off_and_slots_are_freed(tmp_path: Path) -> None:
    settings = Settings.from_environment({}, home=tmp_path)
    before = os.environ.get("DAGSTER_HOME")
    try:
        settings.prepare_home()
    finally:
        if before is not None:
            os.environ["DAGSTER_HOME"] = before
    instance = yaml.safe_load((tmp_path / "dagster" / "dagster.yaml").read_text("utf-8"))
    assert instance["telemetry"]["enabled"] is False
    assert instance["nux"]["enabled"] is False
    assert instance["concurrency"]["runs"]["max_concurrent_runs"] == 2
    assert instance["run_monitoring"]["free_slots_after_run_end_seconds"] > 0


def test_a_wrong_table_stops_what_rests_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = ["order_id", "line_id", "ordered_at", "sku_id", "quantity_units"]
    rows = [[f"{day}", "1", f"2026-09-{day:02} 10:00:00", "s", "2"] for day in range(1, 29)]
    write_export(tmp_path / "e", "orders", header, rows)

    def validate(frame: object, rules: list, table: object) -> list[CheckResult]:
        broken = getattr(table, "name", "") == "demand_day"
        return [CheckResult(check_name(rule), not broken, 1, int(broken), 0.0) for rule in rules]

    monkeypatch.setattr(checks, "validate", validate)
    settings = Settings.from_environment({}, home=tmp_path / "home", exports=tmp_path / "e")
    result = (
        build_defs(settings)
        .resolve_job_def("the_day")
        .execute_in_process(
            partition_key="2026-09-28",
            raise_on_error=False,
            instance=ephemeral(),
            run_config=QUIET,
        )
    )
    assert not result.success
    made = {
        event.asset_key.to_user_string()
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    assert "demand_day" in made and "profile_consumption" in made
    assert not made & {"demand_model", "demand_forecast", "restock_lines", "restock_list"}
    assert not (tmp_path / "home" / "lists" / "restock").exists()
