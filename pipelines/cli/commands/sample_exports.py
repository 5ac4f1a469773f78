"""Write the exports of a simulated platform: `linli sample`."""

from __future__ import annotations

from pathlib import Path

from data_contracts.messages import in_chinese
from pipelines.cli.console import out, steps
from pipelines.cli.language import say
from pipelines.cli.owner_only import only_for_the_owner_within
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
    """Simulate and write; raises ValueError for a wrong setting or folder."""
    from models.simulate.config import SimulationConfig
    from pipelines.sample import write_sample

    settings = Settings.from_environment(home=home)
    target = out_dir.expanduser().resolve() if out_dir else settings.home / "inbox"
    only_for_the_owner_within(settings.home, target)
    config = SimulationConfig(days=days, users=users, communities=communities, skus=skus, seed=seed)
    with steps(say("simulating", "模拟"), None) as report:
        rows = write_sample(
            target, config, progress=lambda line: report(say(line, in_chinese(line)))
        )
    for name, count in rows.items():
        out.print(say(f"{name:14}{count:>12,} rows", f"{name:14}{count:>12,} 行"))
    then = f"linli run --exports {target} --as-of {config.end}"
    out.print(
        say(
            f"exports: {target}\nlast business day: {config.end}\nnext: {then}",
            f"导出文件：{target}\n最后一个业务日：{config.end}\n下一步：{then}",
        ),
        markup=False,
    )
