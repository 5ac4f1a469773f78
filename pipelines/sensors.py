"""Files that arrive in the inbox start the day by themselves, once they are settled.

A file is settled when its mark has not changed between two looks; one that is still being written
waits. The mark holds size and times, among them the one that no copying tool can set back. What has
been asked for is remembered by name and mark.
"""

import json
from pathlib import Path

import dagster as dg

from assets.ingest.coverage import last_business_day
from assets.resources.readers.file_index import list_files
from data_contracts.errors import LinliError
from pipelines.jobs import the_day
from pipelines.settings import Settings

LOOK_EVERY_SECONDS = 60


def fingerprints(exports: Path) -> dict[str, str]:
    """Every export file in the folder → its mark."""
    if not exports.is_dir():
        return {}
    files, _ = list_files(exports)
    return {file.name: ":".join(str(part) for part in file.mark) for file in files}


def settled(seen: dict[str, str], now: dict[str, str], done: dict[str, str]) -> dict[str, str]:
    """Files unchanged since the last look and not yet asked for."""
    return {
        name: mark
        for name, mark in now.items()
        if seen.get(name) == mark and done.get(name) != mark
    }


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Sensor on the exports folder of `settings`."""

    @dg.sensor(
        name="inbox",
        job=the_day,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        description="收件箱有新文件且写入完成后，运行订单覆盖到的最后一个业务日",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state = json.loads(context.cursor) if context.cursor else {"seen": {}, "done": {}}
        now = fingerprints(settings.exports)
        ready = settled(state["seen"], now, state["done"])
        waiting = [name for name in now if state["seen"].get(name) != now[name]]
        if not ready or waiting:
            context.update_cursor(json.dumps({"seen": now, "done": state["done"]}))
            return dg.SkipReason(
                f"still being written: {', '.join(waiting[:3])}" if waiting else "no new file"
            )
        try:
            day = last_business_day(settings.linli_home())
        except LinliError as error:
            context.update_cursor(json.dumps({"seen": now, "done": state["done"]}))
            return dg.SkipReason(str(error))
        key = ",".join(f"{name}:{mark}" for name, mark in sorted(ready.items()))
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=key, partition_key=day.isoformat())],
            cursor=json.dumps({"seen": now, "done": state["done"] | ready}),
        )

    return sensor
