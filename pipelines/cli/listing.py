"""`linli lists`: which lists are published, for which day, and whether they can be trusted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from data_contracts.errors import LinliError
from pipelines.cli.console import out
from pipelines.settings import Settings

LISTS = {"restock": "补货清单", "wake_up": "唤醒清单"}


def show_lists(home: Path | None, only: date | None = None) -> None:
    """Print each list's newest day (or `only`), rows, files, fallbacks and state."""
    settings = Settings.from_environment(home=home)
    found = False
    for name, title in LISTS.items():
        folder = settings.home / "lists" / name
        latest = folder / "latest.json"
        if not latest.is_file():
            continue
        found = True
        state = json.loads(latest.read_text("utf-8"))
        day = only.isoformat() if only else state.get("last_good")
        if state.get("status") == "stale" and not only:
            out.print(
                f"[yellow]stale[/yellow] {name} {title}: the run for {state.get('failed_as_of')} "
                f"failed; the last good list is of {day}"
            )
        manifest_path = folder / str(day) / "manifest.json"
        if not manifest_path.is_file():
            continue
        manifest = json.loads(manifest_path.read_text("utf-8"))
        out.print(f"{name} {title} {day}: {manifest['rows']:,} rows, {manifest_path.parent}")
    if not found:
        raise LinliError(
            f"{settings.home}: no list is published yet; make one with: "
            "linli run --exports DIR --as-of DATE"
        )
