"""Choose the platform of a home: the only one, the named one, or one selected at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from pipelines.cli.console import err
from pipelines.cli.language import say
from pipelines.settings import Settings


def one_platform(*, home: Path | None, exports: Path | None, platform: str | None) -> Settings:
    """Build settings for a command that reads the home.

    With several platforms and none named, asks at a terminal; elsewhere raises LinliError with all
    of them.
    """
    settings = Settings.from_environment(home=home, exports=exports, platform=platform)
    platforms = settings.platforms()
    if len(platforms) > 1 and exports is None and not settings.platform and is_interactive():
        for number, one in enumerate(platforms, start=1):
            err.print(f"  {number}  {say(one.shown, one.shown_zh)}", markup=False)
        chosen = typer.prompt(say("Which platform", "哪个平台"), type=int, err=True)
        if 1 <= chosen <= len(platforms):
            platform = platforms[chosen - 1].key
    return Settings.of_one_platform(home=home, exports=exports, platform=platform)


def is_interactive() -> bool:
    """Return whether standard input is a terminal."""
    return sys.stdin.isatty()
