"""Define the options of `linli backup` and `linli restore`. Not here: their work (`backup`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import Debug, Home


def backup(
    out: Annotated[Path, typer.Argument(help="Archive to write, .tar or .tar.gz.")],
    with_keys: Annotated[
        bool,
        typer.Option("--with-keys", help="Include the keys: the archive then opens everything."),
    ] = False,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Write the whole home into one archive that only you may read, without the keys.

    Example: linli backup /mnt/backup/linli-2026-10-31.tar
    """
    from pipelines.cli.commands.backup import back_up
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        back_up(out, home, with_keys=with_keys)


def restore(
    archive: Annotated[Path, typer.Argument(help="An archive that linli backup wrote.")],
    home: Annotated[Path, typer.Option("--home", help="Empty or new folder to put it into.")],
    debug: Debug = False,
) -> None:
    """Check an archive and put it in place as a home, whole or not at all.

    Example: linli restore /mnt/backup/linli-2026-10-31.tar --home home
    """
    from pipelines.cli.commands.backup import restore as restore_home
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        restore_home(archive, home)
