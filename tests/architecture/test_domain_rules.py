"""Rules of the domain: every link finds its rule, every rule its code and the value it states."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest

from tests.architecture.repository import ROOT, texts

PAGE = ROOT / "data_contracts" / "domain.md"
SOURCES = {"law", "published", "trade", "ours"}

_RULE = re.compile(r"^### (.+?)\n(.*?)(?=^##|\Z)", re.M | re.S)
_HELD = re.compile(r"\[`([^`]+)`\]\(([^)]+)\)((?:: |, )?(?:`[^`]+`(?:, )?)*)")
_LINK = re.compile(r"domain\.md#([\w-]+)")


class Rule(NamedTuple):
    """`held`: what each file keeps of it, by path; `value`, as the page writes it, may be empty."""

    text: str
    held: Mapping[str, list[tuple[str, str]]]
    sources: set[str]


@cache
def rules() -> dict[str, Rule]:
    """The rules of the page by the anchor a heading gets."""
    found = {}
    for heading, body in _RULE.findall(PAGE.read_text("utf-8")):
        text, _, rest = body.partition("\n- Held in ")
        held_line, _, source_line = rest.partition("\n- Source: ")
        held = {
            (PAGE.parent / link).resolve().relative_to(ROOT).as_posix(): [
                tuple(entry.partition(" = ")[::2]) for entry in re.findall("`([^`]+)`", names)
            ]
            for _, link, names in _HELD.findall(held_line)
        }
        named = {source for source in SOURCES if re.search(rf"\b{source}\b", source_line)}
        found[heading.lower().replace(" ", "-")] = Rule(text, held, named)
    return found


def linked(path: str) -> set[str]:
    return set(_LINK.findall(texts()[path]))


def held_values() -> list[tuple[str, str, str, str]]:
    return [
        (anchor, path, name, value)
        for anchor, rule in rules().items()
        for path, entries in rule.held.items()
        for name, value in entries
    ]


def value_of(module: str, name: str) -> Any:
    """A constant, a class, a member of an enum, or the default of a field."""
    owner: Any = importlib.import_module(module)
    for part in name.split("."):
        defaults = {field.name: field for field in fields(owner)} if is_dataclass(owner) else {}
        if part not in defaults:
            owner = getattr(owner, part)
            continue
        field = defaults[part]
        owner = field.default if field.default is not MISSING else field.default_factory()  # type: ignore[misc]
    return owner


def stated(value: str) -> Any:
    days = re.fullmatch(r"(\d+) days?", value)
    return timedelta(days=int(days[1])) if days else ast.literal_eval(value)


def test_a_rule_is_explained_in_both_languages_held_somewhere_and_has_a_source() -> None:
    assert len(rules()) > 25 and sum(bool(value) for *_, value in held_values()) > 35
    for anchor, rule in rules().items():
        assert re.search("[\u4e00-\u9fff]", rule.text.split(".")[0]), f"{anchor}: no Chinese term"
        assert len(rule.text.split()) > 10, f"{anchor}: not explained"
        assert rule.held, f"{anchor}: held nowhere"
        assert rule.sources, f"{anchor}: no source of {SOURCES}"


@pytest.mark.parametrize("anchor", rules())
def test_the_files_that_hold_a_rule_link_to_it(anchor: str) -> None:
    for path in rules()[anchor].held:
        assert (ROOT / path).is_file(), path
        assert anchor in linked(path), f"{path} does not link to domain.md#{anchor}"


@pytest.mark.parametrize(("anchor", "path", "name", "value"), held_values())
def test_the_page_states_the_value_that_the_code_has(
    anchor: str, path: str, name: str, value: str
) -> None:
    found = value_of(path.removesuffix(".py").replace("/", "."), name)
    if value:
        assert found == stated(value), f"{anchor}: {name} is {found!r} in {path}"


def test_every_link_to_a_rule_finds_it() -> None:
    lost = {(path, anchor) for path in texts() for anchor in linked(path) - rules().keys()}
    assert lost == set()


def test_the_parameters_link_to_the_rules_they_rest_on() -> None:
    """The other direction: what links to a rule is named by it, so that the page is complete."""
    unnamed = {
        (path, anchor)
        for path in texts()
        if path.startswith("models/params/")
        for anchor in linked(path)
        if path not in rules()[anchor].held
    }
    assert unnamed == set()
