"""The files of this repository as text, for tests that read all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("pipelines", "assets", "models", "data_contracts", "notebooks", "tests")
SUFFIXES = {".py", ".sql", ".md", ".j2", ".toml", ".csv", ".ipynb", ".c", ".html"}


@cache
def files() -> frozenset[str]:
    """Paths of the files that are ours, below the folders of FOLDERS or at the top."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return frozenset(
        path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts
    )


@cache
def texts() -> dict[str, str]:
    """What each file says that people or the product read, by path."""
    return {
        name: (ROOT / name).read_text("utf-8")
        for name in sorted(files())
        if Path(name).suffix in SUFFIXES or name == "Makefile"
    }
