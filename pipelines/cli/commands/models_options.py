"""The words of `linli models`; what they do stands in `modelling`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import Debug, Exports, Home, Platform

models_app = typer.Typer(no_args_is_help=True, help="Stored models: which one serves, and why.")


@models_app.command("list")
def models_list(
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Show the stored models: how good each was, which one serves and why.

    Example: linli models list
    """
    from pipelines.cli.commands.models_registry import show_models
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        show_models(exports, home, platform)


@models_app.command()
def promote(
    kind: Annotated[str, typer.Argument(help="Which model: demand.")],
    day: Annotated[str, typer.Argument(help="The day it was fitted up to, as `list` shows it.")],
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Let a stored model serve from the next run on.

    Example: linli models promote demand 2026-10-24
    """
    from pipelines.cli.commands.models_registry import promote as promote_model
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        promote_model(kind, day, exports, home, platform)


@models_app.command()
def rollback(
    kind: Annotated[str, typer.Argument(help="Which model: demand.")],
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Let the model serve again that served before; run the day again for its lists.

    Example: linli models rollback demand
    """
    from pipelines.cli.commands.models_registry import roll_back as roll_back_model
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        roll_back_model(kind, exports, home, platform)
