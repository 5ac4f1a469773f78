"""`linli import`: public data sets as exports of our contracts."""

from __future__ import annotations

from pathlib import Path

from pipelines.adapters import import_dataset
from pipelines.cli.console import out, steps
from pipelines.cli.owner_only import only_for_the_owner_within
from pipelines.settings import Settings


def import_into(name: str, path: Path, target: Path) -> None:
    """Convert and write; raises ValueError or FileNotFoundError with the mend."""
    folder = target.expanduser().resolve()
    only_for_the_owner_within(Settings.from_environment().home, folder)
    with steps(f"importing {name}", None) as tell:
        rows = import_dataset(name, path.expanduser(), folder, progress=tell)
    for export, count in rows.items():
        out.print(f"{export:14}{count:>12,} rows")
    out.print(f"exports: {folder}\nnext: linli run --exports {folder} --as-of DATE", markup=False)
