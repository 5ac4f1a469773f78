"""List the stored models, show the champion, and choose another one: `linli models`.

Contains the output. Not here: which model serves a day (`models/registry/champion_log.py`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from assets.resources.home import LinliHome
from data_contracts.errors import LinliError, zh_of
from data_contracts.tables.demand import DEMAND_DRIFT
from models.registry import champion_log
from models.registry.artifacts import Artifact, ArtifactError, load_artifact, stored_days
from pipelines.cli.choose_platform import one_platform
from pipelines.cli.console import out
from pipelines.cli.home_lock import with_home_lock
from pipelines.cli.language import say

# Kinds with a champion log; of the others the newest model of the week is used.
SERVED = ("demand",)
KINDS = (*SERVED, "churn", "demand_recovery")


def show_models(exports: Path | None, home: Path | None, platform: str | None = None) -> None:
    """Print every stored model, newest first: backtest error, last error in production, and since
    when it serves."""
    linli = _home(exports, home, platform)
    root = linli.models_dir
    days = {kind: stored_days(root, kind) for kind in KINDS}
    if not any(days.values()):
        raise LinliError(
            f"{root}: no model is stored yet; make one with: linli run",
            f"{root}：还没有模型；请先运行 linli run",
        )
    errors = _last_errors(linli)
    for kind in KINDS:
        now = champion_log.champion_entry(root, kind, date.max) if kind in SERVED else None
        for day in reversed(days[kind]):
            try:
                artifact = load_artifact(root, kind, day)
            except ArtifactError as error:
                damaged = f"[red]{say('damaged', '已损坏')}[/red]"
                out.print(f"{kind} {day}  {damaged}: {say(str(error), zh_of(error))}")
                continue
            serves = now is not None and now.version == artifact.version
            since = ""
            if serves and now:
                title = say(f"serves since {now.since}", f"自 {now.since} 起使用")
                since = f"[green]{title}[/green]: {now.reason}"
            figures = f"{_figures(artifact)}{errors.get(artifact.version, '')}"
            out.print(f"{artifact.version}  {figures}  {since}".rstrip(), soft_wrap=True)


@with_home_lock("linli models promote")
def promote_model(
    kind: str,
    day: str,
    exports: Path | None,
    home: Path | None,
    platform: str | None = None,
) -> None:
    """Make the model of `day` the champion from the next run on."""
    _require_served(kind)
    try:
        trained = date.fromisoformat(day)
    except ValueError as error:
        raise LinliError(
            f"{day!r} is not a date; write it like 2026-10-31",
            f"{day!r} 不是日期，格式如 2026-10-31",
        ) from error
    root = _home(exports, home, platform).models_dir
    try:
        artifact = load_artifact(root, kind, trained)
    except ArtifactError as error:
        raise LinliError(
            f"no {kind} model of {day} can be used: {error}",
            f"{day} 的 {kind} 模型不可用：{zh_of(error)}",
        ) from error
    now = champion_log.champion_entry(root, kind, date.max)
    since = max(trained, now.since) if now else trained
    entry = champion_log.ChampionEntry(since, trained, artifact.version, "promoted by hand")
    champion_log.log_champion(root, kind, entry)
    _print_champion(entry)


@with_home_lock("linli models rollback")
def roll_back_model(
    kind: str, exports: Path | None, home: Path | None, platform: str | None = None
) -> None:
    """Make the previous champion the champion again."""
    _require_served(kind)
    root = _home(exports, home, platform).models_dir
    try:
        _print_champion(champion_log.roll_back(root, kind))
    except champion_log.NoEarlierModelError as error:
        raise LinliError(str(error), f"{zh_of(error)}") from error


def _print_champion(entry: champion_log.ChampionEntry) -> None:
    since = entry.since
    out.print(
        say(
            f"{entry.version} serves from {since} on: {entry.reason}. "
            f"For its lists run the day again: linli run --as-of {since}",
            f"{entry.version} 自 {since} 起使用。如需据此重做清单，请重新运行："
            f"linli run --as-of {since}",
        ),
        soft_wrap=True,
    )


def _home(exports: Path | None, home: Path | None, platform: str | None) -> LinliHome:
    return one_platform(home=home, exports=exports, platform=platform).linli_home()


def _last_errors(linli: LinliHome) -> dict[str, str]:
    """Return per version the WAPE of its newest scored one-day forecast, as text."""
    with linli.lakehouse.session(DEMAND_DRIFT) as session:
        rows = session.rows(
            "select model_version, max(as_of), max_by(wape, as_of) from demand_drift where "
            "kind = 'demand_error' and name = 'day_1' and wape is not null group by model_version"
        )
    return {version: f", {wape:.1%} in production on {day}" for version, day, wape in rows}


def _require_served(kind: str) -> None:
    if kind not in SERVED:
        raise LinliError(
            f"no model is called {kind}; choose: {', '.join(SERVED)}",
            f"没有名为 {kind} 的模型；可用：{', '.join(SERVED)}",
        )


def _figures(artifact: Artifact) -> str:
    """Summarise the backtest of a demand model."""
    rows: Any = artifact.details.get("backtest")
    if artifact.kind != "demand" or not rows:
        return ""
    means = [
        row["wape"]
        for row in rows
        if row["scope"] == "in_stock_days" and row["model"] in ("lightgbm", "mean_of_days")
    ]
    return f"WAPE {sum(means) / len(means):.1%} on days in stock" if means else "not scored"
