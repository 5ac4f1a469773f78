"""Which platform of a home is meant: the one there is, the one named, or the one chosen."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from pipelines.cli.console import err
from pipelines.cli.language import say
from pipelines.settings import Settings


def one_platform(*, home: Path | None, exports: Path | None, platform: str | None) -> Settings:
    """Settings for a command that looks at what the home holds; asks at a terminal where several
    may be meant, and raises LinliError naming all of them elsewhere."""
    settings = Settings.from_environment(home=home, exports=exports, platform=platform)
    known = settings.platforms()
    if len(known) > 1 and exports is None and not settings.platform and is_asked():
        for number, one in enumerate(known, start=1):
            err.print(f"  {number}  {say(one.shown, one.shown_zh)}", markup=False)
        chosen = typer.prompt(say("Which platform", "哪个平台"), type=int, err=True)
        if 1 <= chosen <= len(known):
            platform = known[chosen - 1].key
    return Settings.of_one_platform(home=home, exports=exports, platform=platform)


def is_asked() -> bool:
    """Whether somebody sits at a terminal and can answer."""
    return sys.stdin.isatty()
