"""What is imported before there is something to do: the reason why commands start quickly.

The seconds are measured by `tests/bench/startup.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.bench.startup import refusals

HEAVY = ("lightgbm", "sklearn", "scipy", "great_expectations", "matplotlib", "sqlalchemy")
# loaded by the steps of an asset, a check or a sensor, not by its declaration
OF_STEPS = (
    *("pandas", "xlsxwriter", "jinja2", "rjieba"),
    *("assets.checks.suites", "assets.ingest.load", "assets.ingest.identify_inbox"),
    *("assets.ingest.stage.stage_file", "assets.publish.lists.publish_list"),
    *("models.demand.forecast", "models.customers.churn", "models.feedback.classify"),
)
ENGINES = ("dagster", "pandas", "deltalake", "cryptography")

_LOADED = "[name for name in {names!r} if name in sys.modules]"
_REFUSED = """
import json, sys
from typer.testing import CliRunner
from pipelines.cli.app import app

found = {{}}
for words in {commands!r}:
    done = CliRunner().invoke(app, words)
    loaded = [name for name in {names!r} if name in sys.modules]
    found[" ".join(words)] = [done.exit_code, loaded, done.output]
    for name in list(sys.modules):
        if name.split(".")[0] in loaded:
            del sys.modules[name]
print(json.dumps(found))
"""


def said_by(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_loading_the_definitions_loads_nothing_that_only_a_step_needs() -> None:
    code = f"import sys, pipelines.definitions; print({_LOADED.format(names=HEAVY + OF_STEPS)})"
    assert said_by(code).strip() == "[]"


def test_help_and_refusals_load_no_engine(tmp_path: Path) -> None:
    commands = [["--help"], ["run", "--help"], *refusals(tmp_path)]
    code = _REFUSED.format(commands=commands, names=HEAVY + ENGINES)
    found = json.loads(said_by(code).splitlines()[-1])
    assert len(found) == len(commands)
    wrong = {words: loaded for words, (_, loaded, _) in found.items() if loaded}
    assert wrong == {}
    not_refused = {
        words: output
        for words, (exit_code, _, output) in found.items()
        if "--help" not in words and exit_code not in (1, 2)
    }
    assert not_refused == {}


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_day_is_one_of_dagsters_partitions_without_dagster(days: int) -> None:
    from assets.framework.partitions import FIRST_DAY, days_from
    from pipelines.cli.days import has_partition

    partitions = days_from(FIRST_DAY)
    for edge in (FIRST_DAY, datetime.now(UTC).date()):
        day = edge + timedelta(days=days)
        assert has_partition(day) == partitions.has_partition_key(day.isoformat())
