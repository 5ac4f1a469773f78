"""Define the options before the commands: `--lang`, `--version`; list the presets that ship.

Contains the program as a whole. Not here: single commands.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

import data_contracts

LANG = "--lang"


class Program(TyperGroup):
    """Group the commands; `--lang` may be anywhere on the command line.

    In Chinese the parser's own texts are Chinese too.
    """

    is_chinese = False

    def main(self, args: Sequence[str] | None = None, *more: Any, **named: Any) -> Any:
        words = sys.argv[1:] if args is None else list(args)
        if _language_of(with_language_first(words)) != "zh":
            return super().main(args, *more, **named)
        from pipelines.cli.help_zh import speak_chinese
        from pipelines.cli.usage_zh import page_in_chinese

        self.is_chinese = True
        speak_chinese(self)
        with page_in_chinese():
            return super().main(args, *more, **named)

    def make_context(self, *given: Any, **named: Any) -> Any:
        with self._mistakes():
            return super().make_context(*given, **named)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_language_first(args))

    def invoke(self, ctx: Any) -> Any:
        with self._mistakes():
            return super().invoke(ctx)

    def _mistakes(self) -> AbstractContextManager[None]:
        if not self.is_chinese:
            return nullcontext()
        from pipelines.cli.usage_zh import mistakes_in_chinese

        return mistakes_in_chinese()


def _language_of(words: Sequence[str]) -> str:
    """Return the language that the command line requests, else the terminal's."""
    from pipelines.cli.language import LANGUAGES, language

    first, *rest = [*words, ""]
    asked = rest[0] if first == LANG else first.removeprefix(f"{LANG}=")
    return asked if asked in LANGUAGES else language()


def with_language_first(words: Sequence[str]) -> list[str]:
    """
    >>> with_language_first(["lists", "--lang", "zh", "--home", "h"])
    ['--lang', 'zh', 'lists', '--home', 'h']
    >>> with_language_first(["forget", "--lang=zh", "--", "--lang"])
    ['--lang=zh', 'forget', '--', '--lang']
    """
    first: list[str] = []
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += [word, *left]
            break
        if word.startswith(f"{LANG}="):
            first.append(word)
        elif word == LANG:
            first += [word, *left[:1]]
            left = left[1:]
        else:
            rest.append(word)
    return [*first, *rest]


def show_version(is_asked: bool) -> None:
    """Print the version and exit."""
    if is_asked:
        typer.echo(f"linli {version('linli')}")
        raise typer.Exit


def preset_names() -> list[str]:
    """List the names of the presets that ship; parses their file only, which is fast."""
    path = Path(data_contracts.__file__).parent / "mappings" / "presets.toml"
    return list(tomllib.loads(path.read_text("utf-8")))
