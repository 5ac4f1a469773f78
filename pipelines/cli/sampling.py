"""`linli sample`: the simulated platform's exports on disk."""

from __future__ import annotations

from pathlib import Path

from models.simulate.config import SimulationConfig
from pipelines.cli.console import out, steps
from pipelines.cli.owner_only import only_for_the_owner_within
from pipelines.sample import write_sample
from pipelines.settings import Settings


def make_sample(
    out_dir: Path | None,
    home: Path | None,
    *,
    days: int,
    users: int,
    communities: int,
    skus: int,
    seed: int,
) -> None:
    """Simulate and write; raises ValueError naming the setting or folder that is wrong."""
    settings = Settings.from_environment(home=home)
    target = out_dir.expanduser().resolve() if out_dir else settings.home / "inbox"
    only_for_the_owner_within(settings.home, target)
    config = SimulationConfig(days=days, users=users, communities=communities, skus=skus, seed=seed)
    with steps("simulating", None) as tell:
        rows = write_sample(target, config, progress=tell)
    for name, count in rows.items():
        out.print(f"{name:14}{count:>12,} rows")
    out.print(f"exports: {target}\nlast business day: {config.end}", markup=False)
    out.print(f"next: linli run --exports {target} --as-of {config.end}", markup=False)
