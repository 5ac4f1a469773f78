"""Define the jobs: the whole day of one business date, the nowcast of an open day, the backtest."""

from datetime import date, datetime
from typing import Any

import dagster as dg

from assets.framework.partitions import DAYS
from assets.resources.home import LinliHome
from data_contracts.messages import description
from pipelines.failure_causes import cause_of
from pipelines.failure_summaries import STOPPED
from pipelines.flow import FLOW, ON_DEMAND, OPEN_DAY
from pipelines.stale_lists import list_folders, mark_stale, step_label

_BACKTEST = dg.AssetSelection.assets(*ON_DEMAND)
_NOWCAST = dg.AssetSelection.assets(*OPEN_DAY)
# Exports the nowcast reads: it lists the inbox and loads them first. Their checks apply to a whole
# day, and this one is not over.
_NOWCAST_EXPORTS = (
    (_NOWCAST.upstream(depth=1) & dg.AssetSelection.groups("ingest")).upstream().without_checks()
)


@dg.failure_hook(name="mark_lists_stale", required_resource_keys={"linli"})
def mark_lists_stale(context: dg.HookContext) -> None:
    """Mark the published lists as stale when a step fails; the last good lists stay."""
    run = context.instance.get_run_by_id(context.run_id)
    day = run.tags.get("dagster/partition") if run is not None else None
    if day is not None:
        home: LinliHome = context.resources.linli
        error = context.op_exception
        code = cause_of(error).code if error is not None else STOPPED
        folders = list_folders(home.root, home)
        mark_stale(folders, date.fromisoformat(day), code, step_label(context.op.name))


the_day = dg.define_asset_job(
    "the_day",
    selection=dg.AssetSelection.assets(*FLOW),
    partitions_def=DAYS,
    hooks={mark_lists_stale},
    description=description(
        "每日任务：导入、画像、标签、需求预测、流失预测、补货清单、唤醒清单",
        "Whole day: load, profiles, labels, demand forecast, churn, restock and wake-up lists",
    ),
)

backtest_demand = dg.define_asset_job(
    "backtest_demand",
    selection=_BACKTEST.upstream(),
    partitions_def=DAYS,
    description=description(
        "需求滚动回测：按当时已知的数据重做过去的预测，与基准方法比较，生成报告",
        "Rolling-origin backtest of demand: repeat past forecasts from what was known then, "
        "compare them with baselines, write a report",
    ),
)

nowcast = dg.define_asset_job(
    "nowcast",
    selection=_NOWCAST_EXPORTS | _NOWCAST,
    partitions_def=DAYS,
    description=description(
        "当日订单预估：分区为正在接单的业务日，known_until 为统计截至的时刻",
        "Nowcast of orders: the partition is the open business day, known_until the time up to "
        "which orders are known",
    ),
)


def nowcast_config(known_until: datetime) -> dict[str, Any]:
    """Build the run config of the job `nowcast` for a clock time."""
    return {"ops": {"order_nowcast": {"config": {"known_until": known_until.isoformat()}}}}
