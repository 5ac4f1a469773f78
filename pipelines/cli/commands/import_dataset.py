"""Import a public data set as exports: `linli import`."""

from __future__ import annotations

from pathlib import Path

from data_contracts.messages import in_chinese
from pipelines.adapters import import_dataset
from pipelines.cli.console import out, steps
from pipelines.cli.language import say
from pipelines.cli.owner_only import only_for_the_owner_within
from pipelines.settings import Settings


def import_into(name: str, path: Path, target: Path) -> None:
    """Convert and write; raises GivenError with the mend."""
    folder = target.expanduser().resolve()
    only_for_the_owner_within(Settings.from_environment().home, folder)
    with steps(say(f"importing {name}", f"导入 {name}"), None) as report:
        rows = import_dataset(
            name,
            path.expanduser(),
            folder,
            progress=lambda line: report(say(line, in_chinese(line))),
        )
    for export, count in rows.items():
        out.print(say(f"{export:14}{count:>12,} rows", f"{export:14}{count:>12,} 行"))
    out.print(
        say(
            f"exports: {folder}\nnext: linli run --exports {folder} --as-of DATE",
            f"导出文件：{folder}\n下一步：linli run --exports {folder} --as-of 日期",
        ),
        markup=False,
    )
