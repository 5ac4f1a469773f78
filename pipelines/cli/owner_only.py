"""What the commands write under a home is for its owner alone, whatever the umask."""

from __future__ import annotations

import os

import typer

# Commands whose files lie where somebody named, for whoever reads there.
_WRITE_ELSEWHERE = ("sample", "import", "map")
_KEPT_FROM_OTHERS = 0o077


def only_for_the_owner(context: typer.Context) -> None:
    """Take from others the right to read what the command and its children write."""
    if context.invoked_subcommand not in _WRITE_ELSEWHERE:
        before = os.umask(_KEPT_FROM_OTHERS)
        context.call_on_close(lambda: os.umask(before))
