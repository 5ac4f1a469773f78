"""Choose the language of the CLI: Chinese or English, by `--lang` or the terminal's setting.

A message is written once, where it is used, as a pair: `say("3 rows", "3行")`.
"""

from __future__ import annotations

from contextvars import ContextVar

from pipelines.settings import language_of_terminal

LANGUAGES = ("en", "zh")
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def set_language(language: str | None) -> None:
    """Set the language of messages; None: the terminal's setting."""
    _chosen.set(language)


def language() -> str:
    """Return the language in use: `zh` or `en`."""
    return _chosen.get() or language_of_terminal()


def say(en: str, zh: str) -> str:
    """Return the message in the language in use; English if the Chinese text is empty."""
    return zh if zh and language() == "zh" else en


def both(en: str, zh: str) -> list[str]:
    """Return the message in both languages, the one in use first."""
    return [zh, en] if language() == "zh" else [en, zh]
