"""Define options that several commands of `linli` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Home = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Folder of everything Linli writes.", show_default="$LINLI_HOME, or ./home"
    ),
]

Exports = Annotated[
    Path | None,
    typer.Option(
        "--exports",
        help="Folder of the exports.",
        show_default="$LINLI_EXPORTS, or inbox in the home",
    ),
]
Platform = Annotated[
    str | None,
    typer.Option("--platform", help="Platform to use, if the home has several."),
]
