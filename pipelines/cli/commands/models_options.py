"""Define the options of `linli models`. Not here: its work (`models_registry`)."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import Debug, Exports, Home, Platform

models_app = typer.Typer(no_args_is_help=True, help="Stored models: which one is in use, and why.")


@models_app.command("list")
def models_list(
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Show the stored models: accuracy of each, which one is in use and why.

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
    """Use a stored model from the next run on.

    Example: linli models promote demand 2026-10-24
    """
    from pipelines.cli.commands.models_registry import promote_model as promote_model
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
    """Use the previous model again; run the day again for its lists.

    Example: linli models rollback demand
    """
    from pipelines.cli.commands.models_registry import roll_back_model as roll_back_model
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        roll_back_model(kind, exports, home, platform)
