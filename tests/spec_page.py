"""Print the drawn tables of `tests/spec` as a page: a rule in words, the tables given, the rows
expected.

    python -m tests.spec_page            print the page
    python -m tests.spec_page --write    store it as pipelines/guide/rules_by_example.md

Runs the tests that draw tables for one step; the rows of the page are those of tests that passed.
"""

from __future__ import annotations

import argparse
import inspect
import io
import math
import re
import sys
from collections.abc import Generator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime
from types import ModuleType
from typing import Any

import pytest

from tests import steps
from tests.steps import ROOT, Rows, drawn

PAGE = ROOT / "pipelines" / "guide" / "rules_by_example.md"
# Sections by the module that holds their tests: the rules that decide what the lists say.
SECTIONS = {
    "restock_rules": "Restock list",
    "restock_facts": "Stock and orders in hand",
    "supply_steps": "Suppliers, terms and lead times",
    "wake_up_rules": "Wake-up list",
    "wake_up_products": "Products of the wake-up list",
    "wake_up_facts": "Contacts, consent and purchases",
    "wake_up_offers": "Products on offer tomorrow",
    "layer_rules": "Customer layers",
    "living_labels": "Labels over time",
    "association_rules": "Bundles and sequences",
    "feedback_rules": "Messages of customers",
    "order_lines": "Order lines",
    "demand_limits": "Purchase limits and sold-out offers",
    "nowcast_steps": "The rest of today",
}
MOST_ROWS = 60  # shown of a table
MANY_FIELDS = 5  # of a change that is drawn by name
INTRO = """\
# Rules by example

Each rule is a test on drawn tables: the tables given, and the rows expected. An empty cell is
unknown. Columns that are not drawn are empty or have the usual value that the test states.
`python -m tests.spec_page --write` creates this page from `tests/spec`; a test compares it.
"""


@dataclass
class Section:
    """A module of tests: what it says of itself, and its rules by name."""

    introduction: str
    examples: dict[str, Example] = field(default_factory=dict)


@dataclass
class Example:
    """One rule: its name, its explanation, and its tables as Markdown."""

    name: str
    explanation: str
    tables: list[str] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)  # what a name in a cell means


class Recorder:
    """Plugin of pytest: keep the drawn tables of each test, and run only those that need it."""

    def __init__(self) -> None:
        self.sections: dict[str, Section] = {}
        self._current: Example | None = None

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept = []
        for item in items:
            name = item.path.stem.removeprefix("test_")
            if name not in SECTIONS or not isinstance(item, pytest.Function):
                continue
            section = self.sections.setdefault(name, Section(_text(item.module.__doc__)))
            example = section.examples.setdefault(item.originalname, _example(item))
            if hasattr(item, "callspec"):
                example.cases.append(_case(item, example.notes))
            else:
                kept.append(item)
        items[:] = kept

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, None, None]:
        section = self.sections[item.path.stem.removeprefix("test_")]
        self._current = section.examples[item.originalname]
        yield
        self._current = None

    def watch(self, given: Mapping[str, str], columns: list[str], rows: Rows) -> None:
        if self._current is None:
            return
        tables = [f"Given `{name}`:\n\n{_drawn(text)}" for name, text in given.items()]
        found = [dict(zip(columns, row, strict=True)) for row in rows]
        expected = f"Expected:\n\n{_markdown(columns, found)}" if found else "Expected: no row."
        self._current.tables.append("\n\n".join([*tables, expected]))


def _example(item: pytest.Function) -> Example:
    words = item.originalname.removeprefix("test_").replace("_", " ")
    words = re.sub(r"\b(sku|xlsx|csv|sms)\b", lambda found: found[0].upper(), words)
    return Example(words[:1].upper() + words[1:], _text(item.function.__doc__))


def _text(docstring: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (docstring or "").split("\n\n"))


def _case(item: pytest.Function, notes: dict[str, str]) -> dict[str, Any]:
    """The drawn row of a parametrised test, with the name of the case where it has one.

    `notes`: gets the meaning of each change that is drawn by its name.
    """
    named = any(marker.kwargs.get("ids") for marker in item.iter_markers("parametrize"))
    case: dict[str, Any] = {}
    for name, value in item.callspec.params.items():
        if isinstance(value, dict) and len(item.callspec.params) == 1:
            return {str(key): cell for key, cell in value.items()}
        case[name] = _by_name(value, item.module, notes) if isinstance(value, dict) else value
    if not named:
        return case
    return {"case": item.callspec.id.encode("ascii").decode("unicode_escape")} | case


def _by_name(change: dict[str, Any], module: ModuleType, notes: dict[str, str]) -> dict[str, Any]:
    """Draw a change of many fields that has a name in the module by that name.

    Its meaning is the comment above it, or else its fields.
    """
    for name, constant in vars(module).items():
        if not (name.isupper() and isinstance(constant, dict) and len(constant) >= MANY_FIELDS):
            continue
        if all(field in change and change[field] == constant[field] for field in constant):
            source = inspect.getsource(module)
            comment = re.search(rf"((?:^# .*\n)+){name}\b", source, re.MULTILINE)
            meaning = comment[1].replace("# ", "").replace("\n", " ").strip() if comment else ""
            words = name.lower().replace("_", " ")
            notes[words] = meaning or _cell(constant)
            return {words: None} | {k: v for k, v in change.items() if k not in constant}
    return change


def _drawn(text: str) -> str:
    rows = list(drawn(text))
    header = [cell.strip() for cell in text.strip().splitlines()[0].split("|")]
    return _markdown(header, rows)


def _markdown(columns: list[str], rows: list[dict[str, Any]]) -> str:
    shown = rows[:MOST_ROWS]
    lines = [columns, ["---"] * len(columns), *([_cell(row[c]) for c in columns] for row in shown)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return table if shown == rows else f"{table}\n\n… {len(rows):,} rows in all."


def _cell(value: Any) -> str:
    """A value as a person writes it; empty when unknown.

    >>> _cell(datetime(2026, 9, 1, 8)), _cell(2.0), _cell(True), _cell({"a": 1.5, "b": None})
    ('2026-09-01 08:00', '2', 'yes', 'a = 1.5, b')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" if value.year < 9999 else "never"
    if isinstance(value, date):
        return value.isoformat() if value.year < 9999 else "never"
    if isinstance(value, Mapping):
        pairs = ((name, _cell(cell)) for name, cell in value.items())
        return ", ".join(f"{name} = {cell}" if cell else str(name) for name, cell in pairs)
    if isinstance(value, list | tuple | set | frozenset):
        cells = [_cell(cell) for cell in value]
        return ", ".join(cells if isinstance(value, list | tuple) else sorted(cells))
    text = getattr(value, "__name__", None) or str(value)
    return text.replace("|", "\\|").strip()


def _section(title: str, section: Section) -> str:
    parts = [f"## {title}", section.introduction]
    for example in section.examples.values():
        cases = example.cases
        drawings = [cell for case in cases for cell in case.values() if "\n" in str(cell)]
        if drawings:
            tables = [f"```\n{cell.strip()}\n```" for cell in drawings]
        elif cases:
            tables = [_markdown(list(cases[0]), cases)]
        else:
            tables = example.tables
        if tables:
            notes = [f"`{name}`: {meaning}." for name, meaning in example.notes.items()]
            parts += [f"### {example.name}", example.explanation, *tables, *notes]
    return "\n\n".join(filter(None, parts))


def page() -> str:
    """Run the tests and return the page; raises RuntimeError when one fails."""
    recorder, printed = Recorder(), io.StringIO()
    steps.WATCHERS.append(recorder.watch)
    try:
        with redirect_stdout(printed):
            code = pytest.main(["-q", "-p", "no:xdist", str(ROOT / "tests/spec")], [recorder])
    finally:
        steps.WATCHERS.remove(recorder.watch)
    if code != pytest.ExitCode.OK:
        raise RuntimeError(f"the tests of tests/spec fail:\n{printed.getvalue()}")
    sections = [_section(title, recorder.sections[name]) for name, title in SECTIONS.items()]
    return "\n".join([INTRO, "\n\n".join(sections), ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"store it as {PAGE.name}")
    text = page()
    if parser.parse_args().write:
        PAGE.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
