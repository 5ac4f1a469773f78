"""What docstrings, comments, SQL comments and documents name is in this repository.

Looked for: files (`assets/core/windows.py`, `off_offer.sql`, `assets/predict/demand/*.sql`),
folders and modules (`models/feedback`, `models.feedback.faults`), decisions by number, and
documents or issues cited as a source. The changelog speaks of the past and may name what is gone;
a decision names the code it is about today, so it may not.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

import pytest

from tests.architecture.repository import FOLDERS, files, texts

ROOMS = "|".join(FOLDERS)
NOT_LOOKED_AT = {"CHANGELOG.md"}

NAME = r"(?>(?:[\w*-]+/)*[\w*-]*)"  # never given back in part: a part of a name is another name
FILE = re.compile(
    r"(?<![\w./<>{}*…-])((?:\.\./)*(?:[\w*-]+/)*[\w*-]+(?:\.[\w-]+)*\.(?:py|sql|md|j2|ipynb))\b"
)
FOLDER = re.compile(rf"(?<![\w./<>{{}}*-])((?:{ROOMS})/{NAME})(?!\.\w|[{{<])")
MODULE = re.compile(rf"(?<![\w./@])((?:{ROOMS})(?>(?:\.[a-zA-Z_]\w*)+))(?!\()")
DECISION = re.compile(r"\bdecisions? ((?:\d{1,4}(?:, | and )?)+)", re.I)
# A document in capitals, an issue by number or as an authority, and those who only handed it on.
SOURCE = re.compile(
    r"\b(?:DOMAIN|DESIGN|MEASURES|LAYOUT|STYLE|BRIEF)\b(?!\w)"
    r"|\b[Ii]ssue #?\d+|\b[Tt]he issue(?:'s|\.|:|,| says| asks| wants)|\bof the issue\b|: issue,"
    r"|\b[Tt]he (?:seeds|brief)\b"
)
NO_SOURCE = {"STYLE", "DESIGN"}  # also ordinary words of code, as in NUMBER_STYLE


def documented(node: ast.AST) -> Iterator[ast.AST]:
    """A module, its classes and functions, theirs, and so on."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from documented(child)


def prose(path: str, text: str) -> Iterator[str]:
    """What a file says to people: a document whole, of code its docstrings and comments."""
    if path.endswith(".md"):
        yield text
    elif path.endswith(".py"):
        yield from re.findall(r"(?:^|\s)# .*", text)
        yield from (ast.get_docstring(node) or "" for node in documented(ast.parse(text)))  # type: ignore[arg-type]
    elif path.endswith(".sql"):
        yield from re.findall(r"--[^\n]*|/\*[\s\S]*?\*/", text)
    elif path.endswith(".toml") or path == "Makefile":
        yield from re.findall(r"#.*", text)


@cache
def spoken() -> dict[str, str]:
    return {
        path: "\n".join(prose(path, text))
        for path, text in texts().items()
        if path not in NOT_LOOKED_AT
    }


@cache
def is_file(name: str, said_in: str) -> bool:
    """Whether a file is there: from the top, beside the one that names it, or by a last part."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(said_in), name))
    if name in files() or beside in files():
        return True
    if name.startswith("../"):
        return False
    from_top = name.partition("/")[0] in FOLDERS
    if "*" in name:
        return any(fnmatchcase(path, name if from_top else f"*/{name}") for path in files())
    return not from_top and any(path.endswith(f"/{name}") for path in files())


@cache
def is_folder(name: str) -> bool:
    name = name.rstrip("/")
    return any(
        path.startswith(f"{name}/") or fnmatchcase(path, name) or path.rpartition(".")[0] == name
        for path in files()
    )


@cache
def is_module(name: str) -> bool:
    """Whether a module is there, and says every name behind it."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        source = texts().get(f"{path}.py", texts().get(f"{path}/__init__.py"))
        if source is None and not is_folder(path):
            continue
        return all(re.search(rf"\b{part}\b", source or "") for part in parts[length:])
    return False


def is_decision(number: str) -> bool:
    return any(path.startswith(f"pipelines/decisions/{int(number):04}-") for path in files())


def lost(path: str, text: str) -> list[str]:
    """What a text of `path` names that is not there."""
    decisions = [number for some in DECISION.findall(text) for number in re.findall(r"\d+", some)]
    modules = [name for name in MODULE.findall(text) if not FILE.fullmatch(name)]
    return [
        *(name for name in FILE.findall(text) if not is_file(name, path)),
        *(name for name in FOLDER.findall(text) if not is_folder(name)),
        *(name for name in modules if not is_module(name)),
        *(f"decision {number}" for number in decisions if not is_decision(number)),
    ]


def outside_sources(text: str) -> list[str]:
    return [found for found in SOURCE.findall(text) if found not in NO_SOURCE]


def test_what_is_named_exists() -> None:
    gone = {path: names for path, text in spoken().items() if (names := lost(path, text))}
    assert gone == {}


def test_no_source_is_cited_that_readers_do_not_have() -> None:
    cited = {path: found for path, text in spoken().items() if (found := outside_sources(text))}
    cited.pop("tests/architecture/test_citations.py", None)
    assert cited == {}


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("rules in `models/wake_up/rules.py`, not `models/wake_up/rule.py`", 1),
        ("the rest is in `rules.py`; the SQL in `usual_nothing.sql`", 1),
        ("steps: `assets/predict/demand/*.sql`, `assets/predict/demand_*.sql`", 1),
        ("`models/feedback`, `assets/write/` and `models/params/`", 1),
        ("`models.wake_up.rules`, `models.wakeup`, `models.wake_up.rules.no_such_rule`", 2),
        ("see decisions 3, 4 and 9999", 1),
        ("files of a home: `platform.toml`, `orders.csv`, `latest.json`", 0),
    ],
)
def test_what_is_missing_is_seen(text: str, missing: int) -> None:
    assert len(lost("models/wake_up/offered_product.py", text)) == missing


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("as DOMAIN says", 1),
        ("DOMAIN.md: two weeks", 1),
        ("the issue's rule", 1),
        ("the seven of the issue.", 1),
        ("see issue 12", 1),
        ("the issue of its first shipment that had one", 0),
        ("an issue code counts from updated_at", 0),
    ],
)
def test_a_source_outside_is_seen(text: str, cited: int) -> None:
    assert len(outside_sources(text)) == cited


def test_docstrings_and_comments_of_each_kind_are_looked_at() -> None:
    module = '"""rules.py"""\ndef f():\n    """offers.py"""\n    return "x.py"\n    # wording.py'
    assert FILE.findall("\n".join(prose("x.py", module))) == ["wording.py", "rules.py", "offers.py"]
    query = "-- segments.sql\nselect 'x.sql' /* bought.sql */"
    assert FILE.findall("\n".join(prose("x.sql", query))) == ["segments.sql", "bought.sql"]
    assert len(spoken()) > 900
