"""Publish a daily list: its lines in three formats, and a manifest that proves them.

Contains what the daily lists share. Not here: when a list may be empty (decided by each asset), how
cells and folders are written (`assets.resources`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.framework.day_asset import DayRun
from assets.publish import provenance
from assets.resources.lakehouse.lakehouse import Session
from assets.resources.outbox import outbox
from assets.resources.outbox.spreadsheet import csv_bytes, displayed_table, write_parquet
from assets.resources.outbox.workbook import Notes, Page, Sheet, write_xlsx
from data_contracts.errors import LinliError
from data_contracts.lists import ListSpec
from data_contracts.records.json_form import to_json
from data_contracts.records.manifest import AbsentExport, Freshness, Manifest

LINES_BEHIND_PAGES = "明细"
VERSION_CHARACTERS = 12  # of the sha256 of the lines


@dataclass(frozen=True)
class Draft:
    """A list about to be published: its lines as stored and as shown, and its manifest."""

    lines: pa.Table
    cells: pa.Table
    manifest: Manifest


def no_pages(_: Draft) -> Sequence[Page]:
    """Return no page before the list."""
    return ()


def no_files(_: Draft) -> Mapping[str, outbox.Writer]:
    """Return no file beside the list."""
    return {}


class EmptyListError(LinliError):
    """A list is empty although there is something it should contain."""


def publish_list(
    run: DayRun,
    session: Session,
    spec: ListSpec,
    *,
    lines: pa.Table,
    summary: pa.Table,
    models: tuple[str, ...],
    figures: Mapping[str, Any],
    first_pages: Callable[[Draft], Sequence[Page]] = no_pages,
    more_files: Callable[[Draft], Mapping[str, outbox.Writer]] = no_files,
) -> outbox.Published:
    """Write `lines` (from `spec.query()`) as CSV, XLSX and Parquet into the outbox, with manifest.

    `summary`: rows of `spec.summary`. `models`: tables whose model versions the manifest names.
    `figures`: fields of the manifest that only this list has. `first_pages`: pages of its workbook
    before the list; their version names its lines. `more_files`: files beside it.
    """
    cells = displayed_table(spec.columns, lines)
    csv = csv_bytes(spec.columns, cells)
    manifest = Manifest(
        as_of=run.as_of.isoformat(),
        list=spec.name,
        title_zh=spec.zh,
        rows=lines.num_rows,
        **figures,
        platform=provenance.platform_facts(run),
        cutoff=run.platform.cutoff,
        data_before=provenance.data_before(run),
        freshness=provenance.freshness(session, run.as_of),
        not_read=provenance.not_read(session, run),
        model_versions=provenance.model_versions(session, run.as_of, *models),
        fallbacks=provenance.fallbacks(session, run, spec.source.owner),
    )
    if first_pages is not no_pages:
        manifest = replace(manifest, list_version=list_version_of(csv, run.as_of.isoformat()))
    draft = Draft(lines, cells, manifest)
    first, version = first_pages(draft), manifest.list_version or ""
    title = LINES_BEHIND_PAGES if first else spec.zh
    pages: list[Page] = [
        *first,
        Sheet(title, spec.columns, cells, spec.frozen_columns, version, spec.printed_columns),
        Sheet("汇总", spec.summary, displayed_table(spec.summary, summary), 1, version),
        explanation(spec, run, manifest),
    ]

    def write_csv(path: Path) -> int:
        path.write_bytes(csv)
        return cells.num_rows

    files: dict[str, outbox.Writer] = {
        spec.file_name(run.as_of, "csv"): write_csv,
        spec.file_name(run.as_of, "xlsx"): lambda path: write_xlsx(path, pages, run.as_of),
        spec.file_name(run.as_of, "parquet"): lambda path: write_parquet(path, cells),
        **more_files(draft),
    }
    run.log(f"writing {spec.name}: {lines.num_rows} lines as CSV, XLSX and Parquet")
    folder, is_new = run.home.lists_dir(spec.name), not run.home.publishes_again
    return outbox.publish(folder, run.as_of, files, to_json(manifest), is_new=is_new)


def list_version_of(csv: bytes, as_of: str) -> str:
    """Name the lines of a list by its day and the sha256 of its CSV: `2026-10-31-3fa2…`."""
    return f"{as_of}-{hashlib.sha256(csv).hexdigest()[:VERSION_CHARACTERS]}"


def explanation(spec: ListSpec, run: DayRun, manifest: Manifest) -> Notes:
    """Build the sheet that explains the list: its age, sources and columns."""
    fallbacks = [(note.step_zh, note.message_zh) for note in manifest.fallbacks]
    versions = [
        (table, "、".join(names) or "无")
        for table, names in (manifest.model_versions or {}).items()
    ]
    return Notes(
        title="说明",
        is_warning=bool(fallbacks),
        sections=(
            (
                spec.zh,
                (
                    ("截至日", f"{run.as_of.isoformat()}（该业务日及之前的数据）"),
                    ("数据截止时刻", str(manifest.data_before)),
                    ("平台", manifest.platform.name),
                    ("币种", manifest.platform.currency),
                    ("行数", str(manifest.rows)),
                    *(("备注", note) for note in manifest.platform.notes),
                ),
            ),
            ("降级说明", fallbacks or (("无", "所有步骤均使用完整数据"),)),
            (
                "数据新鲜度",
                tuple(
                    (item.zh, freshness_zh(item)) for item in (manifest.freshness or {}).values()
                ),
            ),
            ("模型版本", versions),
            (
                "列说明",
                tuple((column.header, column.note_zh) for column in spec.columns),
            ),
        ),
    )


def freshness_zh(item: Freshness) -> str:
    """Describe the rows and the last day of one export in Chinese."""
    if isinstance(item, AbsentExport):
        return "未提供"
    last = f"，最晚业务日 {item.last_day}" if item.last_day else ""
    behind = f"，落后 {item.days_behind} 天" if item.days_behind else ""
    return f"{item.rows:,} 行{last}{behind}"


def relative_path(run: DayRun, path: Path) -> str:
    """Return `path` relative to the home: metadata must not reveal where the home is."""
    return path.relative_to(run.home.root).as_posix()
