"""Every package that is imported is declared in `pyproject.toml`, in the group of its importers."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

from tests.architecture.repository import FOLDERS, ROOT, texts

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Files that another environment runs, and the group that describes it.
APART = {
    "assets/evaluate/rolling_origin/external_baselines.py": "peers",
    "tests/bench/fuzz_coverage.py": "fuzz",
    "tests/bench/feedback.py": "bench",
    "tests/bench/alternatives/json_list.py": "bench",
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def groups() -> Mapping[str, set[str]]:
    """Names of the packages each group declares; "" holds what the product itself needs."""
    project = PYPROJECT["project"]
    listed = {"": project["dependencies"]}
    listed |= project["optional-dependencies"] | PYPROJECT["dependency-groups"]
    return {
        group: {normal(re.match(r"[\w.-]+", entry)[0]) for entry in entries}  # type: ignore[index]
        for group, entries in listed.items()
    }


def allowed(path: str) -> set[str]:
    """What a file may import: the product alone, a test and a notebook the tools beside it."""
    declared = groups()
    found = set(declared[""])
    if not path.startswith(("assets/", "models/", "data_contracts/", "pipelines/")):
        found |= declared["dev"]
    return found | declared.get(APART.get(path, ""), set())


def source_of(path: str) -> str:
    """Python of a module, or of the code cells of a notebook without their magic commands."""
    text = texts()[path]
    if not path.endswith(".ipynb"):
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@cache
def third_party() -> dict[str, set[str]]:
    """Packages each file imports, by the name they are installed under."""
    ours = set(sys.stdlib_module_names) | set(FOLDERS)
    installed = packages_distributions()
    found = {}
    for path in texts():
        if path.endswith((".py", ".ipynb")):
            names = set(imported(source_of(path))) - ours
            found[path] = {normal(installed.get(name, [name])[0]) for name in names}
    return found


def test_every_import_is_declared_in_the_group_of_its_importer() -> None:
    undeclared = {
        (path, name) for path, names in third_party().items() for name in names - allowed(path)
    }
    assert undeclared == set()


def test_what_is_looked_at_holds_imports_of_every_kind() -> None:
    """The notebooks, imports inside functions, and packages installed under another name."""
    found = third_party()
    assert {"notebooks/look_at_a_user.ipynb", *APART} <= found.keys()
    assert "scikit-learn" in set().union(*found.values())
    assert set(imported("def f():\n    import scipy.stats\n    from rich.table import Table")) == {
        "scipy",
        "rich",
    }


def test_every_declared_package_is_pinned() -> None:
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.M))
    assert (groups()[""] | groups()["dev"]) - {normal(name) for name in pinned} == set()
