"""The notebooks run from top to bottom: on filled tables, on empty ones, while a run publishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from assets.publish.database.database_steps import people_views
from tests.conftest import FinishedRun
from tests.pipeline.published_lake import fill, linli_home

ROOT = Path(__file__).parents[2]
LISTS_NOTEBOOK = ROOT / "notebooks" / "look_at_the_lists.ipynb"
USER = ROOT / "notebooks" / "look_at_a_user.ipynb"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def execute(home: Path, monkeypatch: pytest.MonkeyPatch, path: Path = LISTS_NOTEBOOK) -> list[Any]:
    """Outputs of every code cell, in order."""
    monkeypatch.setenv("LINLI_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(home)}}
    ).execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def text_of(outputs: list[Any]) -> str:
    return "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/html", "") for output in outputs
    )


def test_it_shows_both_lists_and_plots_a_forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = linli_home(tmp_path)
    fill(home)
    home.lakehouse.publish(home.database, people_views())
    before = home.database.read_bytes()
    outputs = execute(tmp_path, monkeypatch)
    shown = text_of(outputs)
    for said in ("建议补货量", "手机号(脱敏)", "138****0000", "same_day_last_week", "holdout"):
        assert said in shown, said
    assert "100000000004" not in shown, "a held-out user is shown"
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 1
    assert home.database.read_bytes() == before


def test_it_runs_on_the_sample_platform(
    finished_run: FinishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = execute(finished_run.settings.home, monkeypatch)
    assert [output for output in outputs if "image/png" in output.get("data", {})]
    shown = text_of(outputs)
    assert finished_run.as_of.isoformat() in shown and "建议补货量" in shown


def test_a_user_is_shown_from_four_sides_with_the_history(
    finished_run: FinishedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = execute(finished_run.settings.home, monkeypatch, USER)
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 3
    shown = text_of(outputs)
    for said in ("基础属性", "消费行为", "场景需求", "情感偏好", "平时周期", "依据", "valid_from"):
        assert said in shown, said
    assert "no label changed on the newest day" in shown  # the sample's run is the first day


def test_a_user_that_nobody_is_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = linli_home(tmp_path)
    home.lakehouse.publish(home.database, people_views())
    shown = text_of(execute(tmp_path, monkeypatch, USER))
    for said in (
        "nobody has a profile yet",
        "no value of a profile to show",
        "no label has been given yet",
        "no row stands behind a change",
    ):
        assert said in shown, said


def test_it_says_so_when_tables_are_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = linli_home(tmp_path)
    home.lakehouse.publish(home.database, people_views())
    shown = text_of(execute(tmp_path, monkeypatch))
    for said in (
        "no export has been read yet",
        "the restock list is empty",
        "the wake-up list is empty",
        "the forecast has not been backtested",
        "there is no forecast to plot",
    ):
        assert said in shown, said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_says_what_to_do_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    with pytest.raises(CellExecutionError, match="run the pipeline once, or set LINLI_HOME"):
        execute(tmp_path, monkeypatch, path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_committed(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
