"""Which language the CLI speaks: Chinese or English, by `--lang` or by the terminal's own.

A message is written once, where it is used, as a pair: `say("3 rows", "3行")`.
"""

from __future__ import annotations

from contextvars import ContextVar

from pipelines.settings import language_of_terminal

LANGUAGES = ("en", "zh")
_asked: ContextVar[str | None] = ContextVar("language", default=None)


def speak(language: str | None) -> None:
    """Speak `language` from here on; None: what the terminal is set to."""
    _asked.set(language)


def language() -> str:
    """`zh` or `en`."""
    return _asked.get() or language_of_terminal()


def say(en: str, zh: str) -> str:
    """The message in the language that is spoken; English where there is no Chinese."""
    return zh if zh and language() == "zh" else en


def both(en: str, zh: str) -> list[str]:
    """The message in both languages, the one that is spoken first."""
    return [zh, en] if language() == "zh" else [en, zh]
