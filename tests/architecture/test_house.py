"""The house rules that no linter knows, as tests."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pipelines", "assets", "models", "data_contracts")
MODULES = sorted(
    path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")
)
CLOCK = re.compile(
    r"datetime\.now|date\.today|\btime\.time\(|Timestamp\.now|utcnow|current_date|current_timestamp|\bnow\(\)"
)
ALLOWED_TO_OPEN_FILES = {"models/registry/artifacts.py"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_come_from_this_repository(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_says_what_belongs_in_it(path: Path) -> None:
    if path.name == "__init__.py" and not (ROOT / path).read_text("utf-8").strip():
        return
    module = importlib.import_module(
        str(path.with_suffix("")).replace("/", ".").removesuffix(".__init__")
    )
    assert module.__doc__ and module.__doc__.strip(), f"{path} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_is_named_like_one_of_the_standard_library(path: Path) -> None:
    assert path.stem not in sys.stdlib_module_names - {"__init__"}, path


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_file_stays_readable(path: Path) -> None:
    lines = len((ROOT / path).read_text("utf-8").splitlines())
    assert lines <= 400, f"{path} has {lines} lines"


def test_nothing_below_pipelines_reads_the_clock() -> None:
    below = [path for path in MODULES if path.parts[0] != "pipelines"]
    below += [path.relative_to(ROOT) for path in (ROOT / "assets").rglob("*.sql")]
    readers = [str(path) for path in below if CLOCK.search((ROOT / path).read_text("utf-8"))]
    assert readers == []


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        str(path)
        for path in MODULES
        if re.search(r"os\.environ|os\.getenv", (ROOT / path).read_text("utf-8"))
    ]
    assert set(readers) <= {"pipelines/settings.py", "pipelines/cli/commands/ui.py"}


def test_models_touch_the_disk_in_one_place() -> None:
    pattern = re.compile(
        r"\bopen\(|\.read_text|\.write_text|read_csv|to_csv|read_parquet|to_parquet"
    )
    touching = [
        str(path)
        for path in MODULES
        if path.parts[0] == "models" and pattern.search((ROOT / path).read_text("utf-8"))
    ]
    assert set(touching) <= ALLOWED_TO_OPEN_FILES


def test_no_model_is_stored_as_pickle() -> None:
    pattern = re.compile(r"\b(pickle|joblib)\b")
    users = [
        str(path)
        for path in MODULES
        if any(
            pattern.search(line) and re.search(r"import|\.load|\.dump", line)
            for line in (ROOT / path).read_text("utf-8").splitlines()
        )
    ]
    assert users == []


def test_every_asset_file_is_in_the_flow() -> None:
    """An asset nobody loads is a stub in disguise."""
    from pipelines.flow import FLOW, ON_DEMAND, OPEN_DAY

    every = (*FLOW, *ON_DEMAND, *OPEN_DAY)
    loaded = {key.to_user_string() for asset in every for key in asset.keys}
    made = set()
    for path in MODULES:
        if path.parts[0] == "assets":
            text = (ROOT / path).read_text("utf-8")
            made |= set(re.findall(r"@day_asset\([^@]*?\)\s*\ndef (\w+)\(", text, re.S))
    assert made and made <= loaded


def test_every_setting_is_documented() -> None:
    import pipelines.settings as settings

    used = set(re.findall(r"LINLI_[A-Z_]+", Path(settings.__file__).read_text("utf-8")))
    assert settings.__doc__ is not None
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in used:
        assert name in settings.__doc__
        assert name in readme, f"{name} is not in the README"


STEPS = [path for path in MODULES if path.name.endswith("_steps.py")]


@pytest.mark.parametrize("path", STEPS, ids=str)
def test_steps_do_not_know_the_declaration_of_their_asset(path: Path) -> None:
    """The declaration imports its steps inside the body; the other way would be a circle."""
    declaration = str(path.with_suffix("")).replace("/", ".").removesuffix("_steps")
    text = (ROOT / path).read_text("utf-8")
    assert re.findall(rf"^from {re.escape(declaration)} import", text, re.M) == []
