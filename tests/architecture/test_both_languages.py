"""Whatever an operator may read is said in English and in Chinese.

Looked at in the source: errors that are shown as they are, and what the commands print. A message
that is put together elsewhere (`*words`, a name) is that place's to have in both.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("assets", "data_contracts", "models", "pipelines")
PRINTING = ("out.print", "err.print", "typer.echo", "print", "typer.confirm", "typer.prompt")
PRINTING += ("steps",)
PAIRED = ("say", "both", "_titled")
# Lines that are the same in both languages.
THE_SAME_IN_BOTH = ("linli ", "Dagster UI: http://127.0.0.1:")

_TAG = re.compile(r"\[/?[a-z #]*\]")
_WORD = re.compile(r"[A-Za-z]{3}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def trees() -> dict[str, ast.Module]:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in paths}


@cache
def bilingual() -> frozenset[str]:
    """Names of the errors that carry their Chinese, found by what they are made from."""
    found = {"BilingualError"}
    while True:
        more = {
            node.name
            for tree in trees().values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and found & {ast.unparse(base) for base in node.bases}
        }
        if more <= found:
            return frozenset(found)
        found |= more


def errors_in_one_language(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls that make such an error, or remember one (`fail`), of one text alone."""
    for call in calls(tree):
        name = ast.unparse(call.func)
        if not call.args or not (name in bilingual() or name in ("self.fail", "self._fail")):
            continue
        is_pair = isinstance(call.args[0], ast.Starred)
        if not is_pair and (len(call.args) < 2 or not _is_chinese(call.args[1])):
            yield call


def prints_in_one_language(tree: ast.Module) -> Iterator[ast.Call]:
    for call in calls(tree):
        if ast.unparse(call.func) not in PRINTING:
            continue
        said = [text for argument in call.args for text in texts_outside_pairs(argument)]
        if any(text.startswith(THE_SAME_IN_BOTH) for text in said):
            continue
        if any(_WORD.search(_TAG.sub("", text)) for text in said):
            yield call


def pairs_without_chinese(tree: ast.Module) -> Iterator[ast.Call]:
    for call in calls(tree):
        if ast.unparse(call.func) in PAIRED and len(call.args) == 2:
            literal = [node for node in ast.walk(call.args[1]) if isinstance(node, ast.Constant)]
            if literal and not _is_chinese(call.args[1]):
                yield call


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def texts_outside_pairs(node: ast.AST) -> Iterator[str]:
    """Literal texts of an expression but for those within `say(...)`."""
    if isinstance(node, ast.Call):
        if ast.unparse(node.func) in PAIRED:
            return
        for part in node.args:
            yield from texts_outside_pairs(part)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.FormattedValue | ast.Subscript):  # not how, and not by which key
        yield from texts_outside_pairs(node.value)
        return
    for child in ast.iter_child_nodes(node):
        yield from texts_outside_pairs(child)


def _is_chinese(node: ast.AST) -> bool:
    """Whether an expression holds Chinese, or no text at all: a name, a call."""
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    words = [text for text in texts if isinstance(text, str) and _WORD.search(text)]
    return not words or any(isinstance(text, str) and _CHINESE.search(text) for text in texts)


def places(file: str, found: Iterator[ast.Call]) -> list[str]:
    return [f"{file}:{call.lineno} {ast.unparse(call)[:90]}" for call in found]


def test_every_error_that_is_shown_says_the_same_in_chinese() -> None:
    assert {
        "LinliError",
        "ExportError",
        "StatedError",
        "GivenError",
        "NoEarlierModelError",
    } <= bilingual()
    wrong = [
        at for file, tree in trees().items() for at in places(file, errors_in_one_language(tree))
    ]
    assert not wrong, "give the Chinese as the second argument:\n" + "\n".join(wrong)


def test_every_command_prints_in_the_language_asked_for() -> None:
    wrong = [
        at
        for file, tree in trees().items()
        if file.startswith("pipelines/cli/")
        for at in (
            *places(file, prints_in_one_language(tree)),
            *places(file, pairs_without_chinese(tree)),
        )
    ]
    assert not wrong, "print say(english, chinese):\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ('raise LinliError("no such day")', True),
        ('raise ExportError(f"{name}: is empty", f"{name}: is empty")', True),
        ('raise ExportError(f"{name}: is empty", f"{name}：为空")', False),
        ("raise ExportError(*words_of(name))", False),
        ("raise LinliError(str(error), zh_of(error))", False),
        ('raise self.fail("ends too early")', True),
        ('raise ValueError("of developers")', False),
        ('out.print(f"{rows} rows read")', True),
        ('out.print(f"[yellow]{rows}[/yellow] {path}", style="dim")', False),
        ('out.print(say("3 rows", "3 行"))', False),
        ('out.print(say("3 rows", "3 rows"))', True),
        ("err.print(f'[red]{say(1, 2)}[/red] {cause}')", False),
        ('steps("simulating", None)', True),
    ],
)
def test_the_search_finds_what_is_said_in_one_language(code: str, is_found: bool) -> None:
    tree = ast.parse(code)
    found = [
        *errors_in_one_language(tree),
        *prints_in_one_language(tree),
        *pairs_without_chinese(tree),
    ]
    assert bool(found) is is_found
