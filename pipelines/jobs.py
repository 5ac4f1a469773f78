"""One job for the whole day: exports in, lists out, for one business date."""

from datetime import date

import dagster as dg

from assets.partitions import DAYS
from assets.resources.home import LinliHome
from assets.resources.outbox import mark_failed

LISTS = ("restock", "wake_up")


@dg.failure_hook(name="mark_lists_stale", required_resource_keys={"linli"})
def mark_lists_stale(context: dg.HookContext) -> None:
    """A failed step leaves the last good lists and marks them with their date."""
    home: LinliHome = context.resources.linli
    run = context.instance.get_run_by_id(context.run_id)
    day = run.tags.get("dagster/partition") if run is not None else None
    for name in LISTS:
        if day is not None:
            mark_failed(home.lists_dir(name), date.fromisoformat(day), context.op.name)


the_day = dg.define_asset_job(
    "the_day",
    selection=dg.AssetSelection.all(),
    partitions_def=DAYS,
    hooks={mark_lists_stale},
    description="全天任务：导入、画像、标签、需求预测、流失预测、补货清单、唤醒清单",
)
