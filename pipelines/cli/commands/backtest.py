"""`linli backtest demand`: run the rolling backtest, say how good it was, and where the page is."""

from __future__ import annotations

from pathlib import Path

from data_contracts.errors import LinliError
from pipelines.cli.commands.run import covered_day, execute, run_preflight
from pipelines.cli.console import out
from pipelines.cli.days import parse_run_day
from pipelines.cli.home_lock import hold_home_lock
from pipelines.cli.language import say
from pipelines.settings import Settings


def backtest_demand(
    as_of: str,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
    *,
    origins: int,
    every_days: int,
    refit_every_days: int,
    peers: str,
) -> None:
    """Load new files and backtest up to `as_of`; raises LinliError with the remedy."""
    settings = Settings.from_environment(home=home, exports=exports, platform=platform)
    day = parse_run_day(as_of)
    manifest = run_preflight(settings)
    from assets.evaluate.rolling_origin.backtest_config import BacktestConfig
    from assets.evaluate.rolling_origin.demand_backtest_steps import OPTIONAL_BASELINES

    day = covered_day(settings, day, manifest)
    asked = [] if peers == "none" else [name for name in peers.split(",") if name]
    if unknown := sorted(set(asked) - set(OPTIONAL_BASELINES)):
        raise LinliError(
            f"--peers: {unknown[0]} is unknown; "
            f"choose from {', '.join(OPTIONAL_BASELINES)}, or none",
            f"--peers：没有 {unknown[0]}；可选 {', '.join(OPTIONAL_BASELINES)}，或 none",
        )
    settings.prepare_home()
    config = BacktestConfig(
        origins=origins, every_days=every_days, refit_every_days=refit_every_days, peers=asked
    )
    name = settings.exports.name
    title = say(f"backtest up to {day} on {name}", f"回测到 {day}，数据来自 {name}")
    asked_of = {"ops": {"demand_rolling": {"config": config.model_dump()}}}
    with hold_home_lock(settings, "linli backtest demand", day):
        execute(settings, "backtest_demand", day, title, manifest, asked_of)
    _print_figures(settings.linli_home().report_dir(day))


def _print_figures(folder: Path) -> None:
    """Print the comparison on in-stock days and the place of the report."""
    import pandas as pd

    from assets.publish.reports.backtest_report_steps import NAMES_ZH

    table = pd.read_csv(folder / "demand_backtest_headline.csv")
    for row in table[table["scope"] == "in_stock_days"].to_dict("records"):
        comparison = (
            ""
            if row["model"] == "linli"
            else say(
                f"   linli on the same rows {row['linli_wape']:.1%}, "
                f"{row['value_added']:.0%} less error",
                f"   相同的行，linli 为 {row['linli_wape']:.1%}，误差降低 {row['value_added']:.0%}",
            )
        )
        figures = f"WAPE {row['wape']:.1%}, WPE {row['wpe']:+.1%}"
        out.print(
            f"{NAMES_ZH[row['model']]} ({row['model']}): {figures}{comparison}",
            soft_wrap=True,
            highlight=False,
        )
    page = folder / "demand_backtest.html"
    out.print(say(f"report: {page}", f"报告：{page}"), soft_wrap=True, markup=False)
