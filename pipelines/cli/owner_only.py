"""Make the files that commands write under a home readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from assets.resources.files.private_files import set_private_umask

# Commands that write to a folder of the user's choice, for its readers.
_WRITE_ELSEWHERE = ("sample", "import", "map")
_KEPT_FROM_OTHERS = 0o077


def only_for_the_owner(context: typer.Context) -> None:
    """Remove the read permission of others from files of the command and its child processes."""
    if context.invoked_subcommand not in _WRITE_ELSEWHERE:
        before = os.umask(_KEPT_FROM_OTHERS)
        context.call_on_close(lambda: os.umask(before))


def only_for_the_owner_within(home: Path, target: Path) -> None:
    """Remove the read permission of others from files in `target` if it is inside the home."""
    if target.resolve().is_relative_to(home):
        set_private_umask()
