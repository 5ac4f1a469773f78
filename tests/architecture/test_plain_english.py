"""Docstrings, comments, messages and documents are plain English.

Words of the project's former dialect are banned. Each stands for a plain one: told → reported or
returned, stands → is, anew → again, of which → whose or which, put right → corrected, set aside →
quarantined, taken back → retracted.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pipelines", "assets", "models", "data_contracts")
BANNED = re.compile(
    r"\b([Tt]ells?|[Tt]old|[Ss]tands?|[Ss]tood|[Aa]new|of which|is none|are none|puts? right"
    r"|sets? aside|taken back|takes back)\b"
)
STORED_COLUMN = re.compile(
    r"(\b(as|and|where)|\|) stands\b"
)  # of `consent_words`, by earlier versions
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "pipelines").rglob("*.md")),
    *sorted((ROOT / "data_contracts").glob("*.md")),
]
MODULES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
STEPS = sorted((ROOT / "assets").rglob("*.sql"))


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every comment and every string of words in a module."""
    source = path.read_text("utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for offset, line in enumerate(node.value.splitlines()):
                yield node.lineno + offset, line


def is_banned(text: str) -> bool:
    return bool(BANNED.search(STORED_COLUMN.sub("", text)))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_a_document_is_plain(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert [f"{number}: {line[:90]}" for number, line in lines if is_banned(line)] == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_plain(path: Path) -> None:
    lines = prose_of(path)
    assert [f"{number}: {line.strip()[:90]}" for number, line in lines if is_banned(line)] == []


@pytest.mark.parametrize("path", STEPS, ids=named)
def test_a_step_is_plain(path: Path) -> None:
    comments = [line for line in path.read_text("utf-8").splitlines() if "--" in line]
    assert [line for line in comments if is_banned(line.split("--", 1)[1])] == []
