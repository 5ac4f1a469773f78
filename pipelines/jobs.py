"""One job for the whole day: exports in, lists out, for one business date. Another for a day that
is still open, as often as asked: orders in, the nowcast out."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from assets.resources.outbox.outbox import mark_failed, published_days
from assets.resources.platforms import Platforms, StrangerError
from data_contracts.errors import LinliError
from data_contracts.exports import BY_NAME as EXPORTS
from data_contracts.lists import DAILY_LIST_NAMES, DAILY_LISTS
from data_contracts.messages import Bilingual
from data_contracts.tables import BY_NAME as TABLES
from pipelines.cause_words import STOPPED, in_few_words
from pipelines.causes import cause_of

_MADE_BY = {name: table.zh for name, table in (EXPORTS | TABLES).items()} | {
    f"{spec.name}_list": spec.zh for spec in DAILY_LISTS
}
# what is asked for, not made every day
ON_DEMAND = dg.AssetSelection.assets("demand_rolling", "backtest_report")


def list_folders(
    root: Path, linli: LinliHome | None, *, chosen: str = "", exports: Path | None = None
) -> list[Path]:
    """Where the platform's lists are; those of all that may be meant where it is not known which
    is, and none where the exports may be a stranger's: nothing of those that stand here has failed.

    `chosen`, `exports`: what was asked for, where a setting is so wrong that there is no `linli`.
    """
    if linli is not None:
        chosen, exports = linli.chosen_platform, linli.exports_dir
        try:
            return [linli.lists_dir(name) for name in DAILY_LIST_NAMES]
        except StrangerError:
            if linli.chosen_platform:  # a wrong name; the exports may still say whose run it is
                return list_folders(root, replace(linli, chosen_platform=""))
            if linli.exports_dir.is_dir():  # one that is not there is nobody's
                return []
        except LinliError:
            pass
    keys = [""]
    with suppress(LinliError):
        known = Platforms(root).all()
        meant = [one for one in known if chosen and chosen in (one.key, one.id)]
        meant = meant or [one for one in known if exports and one.lies_at(root, exports)]
        keys = [one.outgoing or "" for one in meant] or ["", *(one.outgoing or "" for one in known)]
    return [root / "lists" / key / name for key in dict.fromkeys(keys) for name in DAILY_LIST_NAMES]


def step_said(name: str) -> Bilingual:
    """A step as people may know it: its name and what it makes."""
    made = f" {_MADE_BY[name]}" if name in _MADE_BY else ""
    return Bilingual(f"step {name}", f"步骤 {name}{made}")


def mark_stale(
    folders: Iterable[Path], as_of: date | None, reason_code: str, failed_at: Bilingual
) -> None:
    """Mark the lists published in `folders` so far as stale, because the run for `as_of` failed;
    where there are none yet, note why.

    `as_of` None: it failed before it knew its day, and stands for the last day there is a list of.
    What failed is told to programs by `reason_code`, to people by `failed_at` and what the code
    means.
    """
    for folder in folders:
        day = as_of
        if day is None:
            days = published_days(folder)
            day = days[-1] if days else None
        if day is not None and (folder.is_dir() or folder.parent.is_dir()):
            mark_failed(folder, day, reason_code, failed_at, in_few_words(reason_code))


@dg.failure_hook(name="mark_lists_stale", required_resource_keys={"linli"})
def mark_lists_stale(context: dg.HookContext) -> None:
    """A failed step leaves the last good lists and marks them with their date."""
    run = context.instance.get_run_by_id(context.run_id)
    day = run.tags.get("dagster/partition") if run is not None else None
    if day is not None:
        home: LinliHome = context.resources.linli
        error = context.op_exception
        code = cause_of(error).code if error is not None else STOPPED
        folders = list_folders(home.root, home)
        mark_stale(folders, date.fromisoformat(day), code, step_said(context.op.name))


# What the nowcast reads, brought in anew before it; and what it makes. No part of the day.
NOWCAST_EXPORTS = ("orders", "communities", "products", "promotions", "availability", "holidays")
NOWCAST_ASSETS = ("order_nowcast", "nowcast_list")

the_day = dg.define_asset_job(
    "the_day",
    selection=dg.AssetSelection.all() - ON_DEMAND - dg.AssetSelection.assets(*NOWCAST_ASSETS),
    partitions_def=DAYS,
    hooks={mark_lists_stale},
    description="全天任务：导入、画像、标签、需求预测、流失预测、补货清单、唤醒清单",
)

backtest_demand = dg.define_asset_job(
    "backtest_demand",
    selection=ON_DEMAND.upstream(),
    partitions_def=DAYS,
    description="需求滚动回测：按当时已知的数据重做过去的预测，与常见做法比较，生成报告",
)

# Without the checks of the exports: they judge a whole day, and this one is not over.
nowcast = dg.define_asset_job(
    "nowcast",
    selection=dg.AssetSelection.assets(*NOWCAST_EXPORTS).without_checks()
    | dg.AssetSelection.assets(*NOWCAST_ASSETS),
    partitions_def=DAYS,
    description="当日订单预估：分区为正在接单的业务日，known_until 为统计截至的时刻",
)


def nowcast_config(known_until: datetime) -> dict[str, Any]:
    """Run config of the job `nowcast` for a clock time."""
    return {"ops": {"order_nowcast": {"config": {"known_until": known_until.isoformat()}}}}
