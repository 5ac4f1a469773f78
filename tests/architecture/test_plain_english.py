"""Docstrings, comments, messages and documents are plain English.

Words of the project's former dialect are banned. Each stands for a plain one: told → reported or
returned, stands → is, anew → again, of which → whose or which, put right → corrected, set aside →
quarantined, taken back → retracted.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BANNED = re.compile(
    r"\b(tell|tells|told|stand|stands|stood|anew|of which|is none|are none|put right|puts right"
    r"|set aside|sets aside|taken back|takes back)\b",
    re.I,
)
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "pipelines").rglob("*.md")),
    *sorted((ROOT / "data_contracts").glob("*.md")),
]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_a_document_is_plain(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert [f"{number}: {line[:90]}" for number, line in lines if BANNED.search(line)] == []
