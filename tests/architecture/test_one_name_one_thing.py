"""One name means one thing: no public class or function is defined in two modules.

Allowed twice: an option of the command line and the command that carries it out, functions that
play one role (`main` of a program, `load_source` of an adapter), and files that do so. A value is
named after what it holds, not after how the code came by it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pipelines", "assets", "models", "data_contracts")
MODULES = [
    path.relative_to(ROOT)
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if path.name != "__init__.py"
]
# a capability has one name in its model, its parameters, its tables and its command
CAPABILITY_ROOMS = (
    "models",
    "params",
    "tables",
    "codes",
    "commands",
    "records",
    "customers",
    "data_contracts",
)
FUNCTION_ROLES = {"main", "load_source"}
ROLES = {"adapter.py", "reader.py", "size_guard.py", "wording.py", "associations.py"}
CLI = Path("pipelines/cli")
SAYS_NOTHING = {"found", "known"}


def defined(kind: type[ast.AST]) -> dict[str, list[Path]]:
    """Return the modules that define each public name of a kind at their top level."""
    places: dict[str, list[Path]] = defaultdict(list)
    for path in MODULES:
        for node in ast.parse((ROOT / path).read_text("utf-8")).body:
            if isinstance(node, kind) and not node.name.startswith("_"):  # type: ignore[attr-defined]
                places[node.name].append(path)  # type: ignore[attr-defined]
    return places


def test_no_class_is_defined_twice() -> None:
    assert {name: at for name, at in defined(ast.ClassDef).items() if len(at) > 1} == {}


def test_no_function_is_defined_twice() -> None:
    """Outside the command line, whose options repeat the names of its commands."""
    places = {
        name: [path for path in at if not path.is_relative_to(CLI)]
        for name, at in defined(ast.FunctionDef).items()
        if name not in FUNCTION_ROLES
    }
    assert {name: at for name, at in places.items() if len(at) > 1} == {}


def test_files_of_one_name_play_one_role() -> None:
    """Within a floor: an asset may be called like the model that it runs."""
    rooms: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in MODULES:
        rooms[path.parts[0], path.name].append(path)
    repeated = {
        name: at
        for (_, name), at in rooms.items()
        if name not in ROLES
        and len([path for path in at if path.parent.name not in CAPABILITY_ROOMS]) > 1
    }
    assert repeated == {}


def empty_names(source: str) -> list[int]:
    """Return the lines that give a variable or an argument a name that says nothing."""
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.arg) and node.arg in SAYS_NOTHING)
        or (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and node.id in SAYS_NOTHING
        )
    )


@pytest.mark.parametrize("path", MODULES, ids=Path.as_posix)
def test_a_value_is_named_after_what_it_holds(path: Path) -> None:
    assert empty_names((ROOT / path).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("found = 1", [1]),
        ("def f(a,\n      known): pass", [2]),
        ("x = [\n  found\n  for found in y\n]", [3]),
        ("if known := f(): pass", [1]),
        ("a.found = known(found)", []),
        ("matched_rows = 1", []),
    ],
)
def test_the_search_finds_names_that_say_nothing(source: str, lines: list[int]) -> None:
    assert empty_names(source) == lines
