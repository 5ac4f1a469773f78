"""Define the commands of `linli`, their options and examples. Not here: what they do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.commands.backup_options import backup, restore
from pipelines.cli.commands.edits_options import edits_app
from pipelines.cli.commands.models_options import models_app
from pipelines.cli.options import Debug, Exports, Home, Platform
from pipelines.cli.owner_only import only_for_the_owner
from pipelines.cli.program import Program, preset_names, show_version

app = typer.Typer(
    name="linli",
    cls=Program,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.callback()
def program(
    context: typer.Context,
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option(help="Language of the messages.", show_default="of the terminal: LANG"),
    ] = None,
    is_version_asked: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=show_version, is_eager=True),
    ] = False,
) -> None:
    """Linli 邻里: exports of a group-buying platform in, a restock list and a wake-up list out."""
    from pipelines.cli.language import set_language

    set_language(lang)
    context.call_on_close(lambda: set_language(None))
    only_for_the_owner(context)


@app.command()
def sample(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write to.", show_default="inbox in the home"),
    ] = None,
    days: Annotated[int, typer.Option(min=30, help="Days of history.")] = 365,
    users: Annotated[int, typer.Option(min=10, help="Users.")] = 2000,
    communities: Annotated[int, typer.Option(min=1, help="Communities.")] = 20,
    skus: Annotated[int, typer.Option(min=20, help="SKUs.")] = 120,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Write the exports of a simulated platform with known true demand.

    Example: linli sample --days 120 --users 500 --seed 7 --out /tmp/exports
    """
    from pipelines.cli.commands.sample_exports import make_sample
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        make_sample(
            out, home, days=days, users=users, communities=communities, skus=skus, seed=seed
        )


@app.command()
def run(
    as_of: Annotated[
        str,
        typer.Option(help="Last fully known business day, like 2026-10-31, or 'latest'."),
    ],
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Recompute every user, also unchanged ones."),
    ] = False,
    same_platform: Annotated[
        bool,
        typer.Option("--same-platform", help="These exports are of the platform in this home."),
    ] = False,
    accept_cutoff: Annotated[
        bool,
        typer.Option("--accept-cutoff", help="The cut-off changed: reload every export."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Run the whole day: exports in, lists out.

    Example: linli run --exports exports/ --as-of 2026-10-31
    """
    from pipelines.cli.commands.run import run_day
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        run_day(
            as_of,
            exports,
            home,
            platform=platform,
            rebuild=rebuild,
            same_platform=same_platform,
            accept_cutoff=accept_cutoff,
        )


@app.command()
def nowcast(
    at: Annotated[
        str, typer.Option(help="Clock time, like 2026-10-31T18:00; later data is not used.")
    ],
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Predict the rest of the open business day from its orders so far.

    Example: linli nowcast --at 2026-10-31T18:00 --exports exports/
    """
    from pipelines.cli.commands.nowcast import make_nowcast
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        make_nowcast(at, exports, home, platform)


Preset = Annotated[
    str | None,
    typer.Option(
        help=f"Preset to read it by: {', '.join(preset_names())}.", show_default="the one that fits"
    ),
]
Export = Annotated[str | None, typer.Option(help="Export it is: orders, users, …")]
Encoding = Annotated[str | None, typer.Option(help="Encoding, when the guess is wrong.")]
Delimiter = Annotated[str | None, typer.Option(help="Separator, when the guess is wrong.")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook.")]
HeaderRow = Annotated[int | None, typer.Option(min=1, help="Row number of the header.")]


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A file as it was exported.")],
    preset: Preset = None,
    export: Export = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    json: Annotated[bool, typer.Option("--json", help="Print all results as JSON.")] = False,
    debug: Debug = False,
) -> None:
    """Show how a file would be read and which rows would be quarantined. Loads nothing.

    Exits with 1 when a load would reject the file or load no row of it.

    Example: linli check 订单导出.xlsx --preset shiziyu
    """
    from pipelines.cli.commands.check import check_file
    from pipelines.cli.console import friendly

    with friendly(debug):
        check_file(file, preset, export, encoding, delimiter, sheet, header_row, is_json=json)


@app.command("map")
def map_(
    file: Annotated[Path, typer.Argument(help="A file whose headers no preset knows.")],
    export: Annotated[str, typer.Option(help="Export it is: orders, users, …")] = "orders",
    out: Annotated[
        Path | None,
        typer.Option(help="Where to write it.", show_default="mappings/ next to the file"),
    ] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    header_row: HeaderRow = None,
    debug: Debug = False,
) -> None:
    """Propose a mapping for unknown headers, as a file to read, correct and keep.

    Example: linli map 销售明细.csv --export orders
    """
    from pipelines.cli.commands.check import propose_mapping
    from pipelines.cli.console import friendly

    with friendly(debug):
        propose_mapping(file, export, out, encoding, delimiter, sheet, header_row)


@app.command("import")
def import_(
    name: Annotated[str, typer.Argument(help="Data set: frn50k, uci_online_retail or olist.")],
    path: Annotated[Path, typer.Argument(help="Its file, or the folder it lies in.")],
    out: Annotated[Path, typer.Option(help="Folder to write the exports to.")],
    debug: Debug = False,
) -> None:
    """Turn a public data set into exports that `linli run` reads.

    Example: linli import frn50k data/frn50k.parquet --out frn-exports
    """
    from pipelines.cli.commands.import_dataset import import_into
    from pipelines.cli.console import friendly

    with friendly(debug):
        import_into(name, path, out)


@app.command()
def lists(
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Show the published lists: day, rows, where they are, and whether they are fresh.

    Example: linli lists
    """
    from pipelines.cli.commands.lists import show_lists
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        show_lists(home, platform=platform)


@app.command()
def deliver(
    out: Annotated[Path, typer.Option(help="File to write, .csv or .xlsx; only you may read it.")],
    as_of: Annotated[str, typer.Option(help="Day of the list, or 'latest'.")] = "latest",
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Write the wake-up list with the platform's user ids, names and phones, for sending.

    Example: linli deliver --as-of 2026-10-31 --out ~/wake_up.xlsx
    """
    from pipelines.cli.commands.deliver import deliver as deliver_list
    from pipelines.cli.console import friendly

    with friendly(debug, home, is_private=True):
        deliver_list(as_of, out, exports, home, platform)


@app.command()
def forget(
    user: Annotated[str, typer.Argument(help="The platform's user id; - reads it from stdin.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Erase a person everywhere, quarantine included, and verify that no file names them.

    Example: linli forget U0000017 --yes
    """
    from pipelines.cli.commands.forget import forget as forget_user
    from pipelines.cli.console import friendly

    with friendly(debug, home, is_private=True):
        forget_user(user, exports, home, platform, is_sure=yes)


backtest_app = typer.Typer(no_args_is_help=True, help="Accuracy that forecasts would have had.")
app.add_typer(backtest_app, name="backtest")


@backtest_app.command("demand")
def backtest_demand(
    as_of: Annotated[
        str, typer.Option(help="Last known business day, like 2026-10-31, or 'latest'.")
    ] = "latest",
    origins: Annotated[int, typer.Option(min=1, help="Days to forecast from.")] = 4,
    every: Annotated[int, typer.Option(min=1, help="Days between them.")] = 3,
    refit_every: Annotated[
        int, typer.Option(min=1, help="Days a fitted model serves; 1 fits for every origin.")
    ] = 7,
    peers: Annotated[
        str,
        typer.Option(
            help="Baselines in addition to the means, by commas: ssa, trees_per_quantile, "
            "and, after `make peers`, mlforecast, auto_ets; or none."
        ),
    ] = "ssa",
    exports: Exports = None,
    platform: Platform = None,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Forecast past days from what was known then, compare with baselines, write a report.

    Example: linli backtest demand --as-of 2026-10-31 --origins 8 --peers ssa,mlforecast
    """
    from pipelines.cli.commands.backtest import backtest_demand as run_backtest
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        run_backtest(
            as_of,
            exports,
            home,
            platform,
            origins=origins,
            every_days=every,
            refit_every_days=refit_every,
            peers=peers,
        )


app.add_typer(edits_app, name="edits")
app.add_typer(models_app, name="models")
app.command()(backup)
app.command()(restore)


@app.command()
def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on this machine.")] = 3000,
    home: Home = None,
    debug: Debug = False,
) -> None:
    """Open Dagster's web server and daemon on the jobs of this home.

    Example: linli ui --port 3000
    """
    from pipelines.cli.commands.ui import serve
    from pipelines.cli.console import friendly

    with friendly(debug, home):
        serve(home, port)


def main() -> None:
    """Run the CLI, then end the process at once.

    A thread of an engine that calls into the interpreter during its shutdown aborts the process or
    makes it hang, after all work is done.
    """
    code: int | str | None = 0
    try:
        app()
    except SystemExit as ended:
        code = ended.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader of the pipe has ended
        code = code or 1
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
