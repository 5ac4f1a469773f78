"""Define the options of `linli edits`. Not here: its work (`edits`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import Debug, Exports, Home, Platform

edits_app = typer.Typer(no_args_is_help=True, help="What people changed on published lists.")


@edits_app.callback()
def edits() -> None:
    """What people changed on published lists."""


@edits_app.command()
def take(
    file: Annotated[Path, typer.Argument(help="The restock workbook, filled in and saved.")],
    by: Annotated[str | None, typer.Option(help="Who confirmed it; stored as a pseudonym.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; store nothing.")
    ] = False,
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Take back the quantities that people confirmed in a restock workbook.

    Example: linli edits take restock_2026-10-31.xlsx --by 王芳
    """
    from pipelines.cli.commands.edits import take_edits
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        take_edits(file, by, exports, home, platform, is_dry_run=dry_run)
