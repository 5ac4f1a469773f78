"""Options that several commands of `linli` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of everything Linli writes [env: LINLI_HOME, ./home]."),
]

Exports = Annotated[
    Path | None,
    typer.Option("--exports", help="Folder of the exports [$LINLI_EXPORTS, $LINLI_HOME/inbox]."),
]
Platform = Annotated[
    str | None,
    typer.Option("--platform", help="Which platform, where the home holds several."),
]
