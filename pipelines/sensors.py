"""Start the day when new files in the inbox are completely written.

A file is ready when its mark is unchanged between two polls; while any file is still being written,
all wait. The mark has size and times, including the change time, which copying tools cannot set.
Requested files are remembered by name and mark.
"""

import json
from pathlib import Path

import dagster as dg

from assets.resources.readers.file_index import list_files
from data_contracts.errors import LinliError
from data_contracts.messages import description
from pipelines.jobs import the_day
from pipelines.settings import Settings

POLL_SECONDS = 60


def file_marks(exports: Path) -> dict[str, str]:
    """Map the name of every export file in the folder to its mark."""
    if not exports.is_dir():
        return {}
    files, _ = list_files(exports)
    return {file.name: ":".join(str(part) for part in file.mark) for file in files}


def ready_files(seen: dict[str, str], now: dict[str, str], done: dict[str, str]) -> dict[str, str]:
    """Return the files unchanged since the last poll and not yet requested."""
    return {
        name: mark
        for name, mark in now.items()
        if seen.get(name) == mark and done.get(name) != mark
    }


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Build the sensor on the exports folder of `settings`."""

    @dg.sensor(
        name="inbox",
        job=the_day,
        minimum_interval_seconds=POLL_SECONDS,
        description=description(
            "收件箱有新文件且写入完成后，运行订单覆盖到的最后一个业务日",
            "Run the last business day that the orders cover when new files are completely written",
        ),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        from assets.ingest.coverage import last_business_day
        from assets.ingest.identify_inbox import identify_inbox

        state = json.loads(context.cursor) if context.cursor else {"seen": {}, "done": {}}
        now = file_marks(settings.exports)
        ready = ready_files(state["seen"], now, state["done"])
        waiting = [name for name in now if state["seen"].get(name) != now[name]]
        if not ready or waiting:
            context.update_cursor(json.dumps({"seen": now, "done": state["done"]}))
            return dg.SkipReason(
                f"still being written: {', '.join(waiting[:3])}" if waiting else "no new file"
            )
        try:
            home = settings.linli_home()
            day = last_business_day(home, identify_inbox(home))
        except LinliError as error:
            context.update_cursor(json.dumps({"seen": now, "done": state["done"]}))
            return dg.SkipReason(str(error))
        key = ",".join(f"{name}:{mark}" for name, mark in sorted(ready.items()))
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=key, partition_key=day.isoformat())],
            cursor=json.dumps({"seen": now, "done": state["done"] | ready}),
        )

    return sensor
