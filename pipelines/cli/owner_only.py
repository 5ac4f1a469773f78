"""What the commands write under a home is for its owner alone, whatever the umask."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from assets.resources.files.private_files import set_private_umask

# Commands whose files lie where somebody named, for whoever reads there.
_WRITE_ELSEWHERE = ("sample", "import", "map")
_KEPT_FROM_OTHERS = 0o077


def only_for_the_owner(context: typer.Context) -> None:
    """Take from others the right to read what the command and its children write."""
    if context.invoked_subcommand not in _WRITE_ELSEWHERE:
        before = os.umask(_KEPT_FROM_OTHERS)
        context.call_on_close(lambda: os.umask(before))


def only_for_the_owner_within(home: Path, target: Path) -> None:
    """Keep what is written to `target` from others where it lies within the home."""
    if target.resolve().is_relative_to(home):
        set_private_umask()
