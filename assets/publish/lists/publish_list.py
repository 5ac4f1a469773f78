"""A list as it leaves the house: the lines read by its spec, three formats, and what proves them.

Belongs here: what both lists share. Does not: when a list may be empty (each asset says so), how a
cell or a folder is written (`assets.resources`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.framework.day_asset import DayRun
from assets.publish import provenance
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.outbox import outbox
from assets.resources.outbox.spreadsheet import (
    Notes,
    Sheet,
    shown,
    write_csv,
    write_parquet,
    write_xlsx,
)
from data_contracts.errors import LinliError
from data_contracts.lists import ListSpec


class EmptyListError(LinliError):
    """A list came out empty although there is something it should have listed."""


def publish_list(
    run: DayRun,
    session: Session,
    spec: ListSpec,
    *,
    lines: pa.Table,
    summary: pa.Table,
    models: tuple[str, ...],
    figures: Mapping[str, Any],
) -> outbox.Published:
    """Write `lines` (from `spec.query()`) as CSV, XLSX and Parquet into the outbox, with manifest.

    `summary`: rows of `spec.summary`. `models`: tables whose model versions count. `figures`: what
    this list alone has to say.
    """
    facts = {
        "list": spec.name,
        "title_zh": spec.zh,
        "rows": lines.num_rows,
        **figures,
        **provenance.platform_facts(run),
        "freshness": provenance.freshness(session, run.as_of),
        "not_read": provenance.not_read(session, run),
        "model_versions": provenance.model_versions(session, run.as_of, *models),
        "fallbacks": provenance.fallbacks(session, run, spec.source.owner),
    }
    seen = shown(spec.columns, lines)
    sheets: list[Sheet | Notes] = [
        Sheet(spec.zh, spec.columns, seen, spec.frozen_columns),
        Sheet("汇总", spec.summary, shown(spec.summary, summary), 1),
        explanation(spec, run, facts),
    ]
    files: dict[str, outbox.Writer] = {
        spec.file_name(run.as_of, "csv"): lambda path: write_csv(path, spec.columns, seen),
        spec.file_name(run.as_of, "xlsx"): lambda path: write_xlsx(path, sheets, run.as_of),
        spec.file_name(run.as_of, "parquet"): lambda path: write_parquet(path, seen),
    }
    run.log(f"writing {spec.name}: {lines.num_rows} lines as CSV, XLSX and Parquet")
    folder, is_new = run.home.lists_dir(spec.name), not run.home.publishes_again
    return outbox.publish(folder, run.as_of, files, facts, is_new=is_new)


def explanation(spec: ListSpec, run: DayRun, facts: Mapping[str, Any]) -> Notes:
    """The sheet that says how old the list is, what it rests on, and what each column means."""
    lacking = [(note["step_zh"], note["message_zh"]) for note in facts["fallbacks"]]
    versions = [
        (table, "、".join(names) or "无") for table, names in facts["model_versions"].items()
    ]
    return Notes(
        title="说明",
        is_warning=bool(lacking),
        sections=(
            (
                spec.zh,
                (
                    ("截至日", f"{run.as_of.isoformat()}(该业务日及之前的数据)"),
                    ("数据截止时刻", facts["data_before"]),
                    ("平台", facts["platform"]["name"]),
                    ("币种", facts["platform"]["currency"]),
                    ("行数", str(facts["rows"])),
                    *(("备注", note) for note in facts["platform"]["notes"]),
                ),
            ),
            ("降级说明", lacking or (("无", "所有步骤均使用完整数据"),)),
            (
                "数据新鲜度",
                tuple((item["zh"], freshness_zh(item)) for item in facts["freshness"].values()),
            ),
            ("模型版本", versions),
            (
                "列说明",
                tuple((column.header, column.note_zh) for column in spec.columns),
            ),
        ),
    )


def freshness_zh(item: Mapping[str, Any]) -> str:
    """How far one export reaches, in a sentence."""
    if item["status"] != "loaded":
        return "未提供"
    reach = f"，最晚业务日 {item['last_day']}" if item["last_day"] else ""
    behind = item["days_behind"]
    return f"{item['rows']:,} 行{reach}{f'，落后 {behind} 天' if behind else ''}"


def relative_path(run: DayRun, path: Path) -> str:
    """`path` as seen from the home: metadata never tells where the home stands."""
    return path.relative_to(run.home.root).as_posix()
