"""Apply SKU renames to stored rows when a rename is stated after they were loaded.

New rows are renamed while they are staged. When the stated renames differ from those applied to a
table, the days that hold an old id are rewritten: each row records the rename in its `repairs`, as
if it had been loaded after it, and where the key of a table contains the SKU, rows of one key are
merged again. The applied renames are stored next to the lake, so that a load without a change reads
nothing. A rename that was applied to any row cannot be withdrawn, because its rows can no longer be
distinguished from those of the new id.

Commits come in the order table, repairs, ledger, note; the figures follow from the stored table, so
an interrupted rename is simply repeated.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assets.checks.changed_days import ChangedDays
from assets.ingest.match.identify_file import MAPPINGS_FOLDER
from assets.ingest.merge.key_index import KeyIndex, KeyRun, index_stamp
from assets.ingest.merge.merge import TableMerge
from assets.ingest.merge.reconcile import reconcile_rewritten_rows
from assets.resources.files.atomic_file import write_atomically
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import StoredFile, commit_files, files_of, version_of
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.detect import detect
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError, LinliError, zh_of
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.sku_rename_list import NEW, OLD, RENAMES_FILE, has_renames, resolved
from data_contracts.table import Table

APPLIED_FILE = "_sku_renames.json"
_REPAIR = f"sku_id:{RepairKind.SKU_RENAME.value}"


def stated_renames(home: LinliHome) -> dict[str, str]:
    """Return old SKU id → current id, from `platform.toml` and the file next to the exports.

    Raises LinliError for renames that contradict each other or form a cycle.
    """
    stated = dict(home.platform().sku_renames)
    path = home.exports_dir / MAPPINGS_FOLDER / RENAMES_FILE
    if path.is_file():
        for number, (old, new) in enumerate(_read_renames_file(path), start=1):
            if stated.setdefault(old, new) != new:
                raise LinliError(
                    f"{path}: data row {number}: {old!r} is renamed to {new!r}, and elsewhere to "
                    f"{stated[old]!r}; leave one of them",
                    f"{path}：第 {number} 行数据把 {old!r} 改为 {new!r}，别处却改为 "
                    f"{stated[old]!r}；请只保留一处",
                )
    try:
        return resolved(stated)
    except ValueError as error:
        raise LinliError(
            f"{home.exports_dir}: {error}", f"{home.exports_dir}：{zh_of(error)}"
        ) from error


def _read_renames_file(path: Path) -> list[tuple[str, str]]:
    """Read the pairs of the file; raises LinliError naming the row that is incomplete."""
    try:
        rows = open_rows(path, detect(path), name=path.name)
        if not {OLD, NEW} <= set(rows.header):
            raise ExportError(
                f"{path.name}: its header must be {OLD},{NEW}",
                f"{path.name}：表头必须是 {OLD},{NEW}",
            )
        cells = pa.Table.from_batches(list(rows.reader([OLD, NEW])), _PAIR_SCHEMA).to_pylist()
    except ExportError as error:
        raise LinliError(f"{path.parent}: {error}", f"{path.parent}：{zh_of(error)}") from error
    pairs = []
    for row in cells:
        pair = tuple((row[name] or "").strip() for name in (OLD, NEW))
        if not all(pair):
            raise LinliError(
                f"{path}: data row {row['row_number']}: {OLD} or {NEW} is empty; fill it in",
                f"{path}：第 {row['row_number']} 行数据的 {OLD} 或 {NEW} 为空，请补上",
            )
        pairs.append((pair[0], pair[1]))
    return pairs


_PAIR_SCHEMA = pa.schema([(OLD, pa.string()), (NEW, pa.string()), ("row_number", pa.int64())])


def rename_stored_rows(
    home: LinliHome, table: Table, scratch: Path, log: Callable[[str], None]
) -> None:
    """Apply the stated renames to the stored rows of `table`.

    Does nothing while they are unchanged. Raises LinliError when an applied rename is withdrawn or
    changed. The caller holds the lake's write lock.
    """
    renames = stated_renames(home)
    lake = home.lakehouse
    memory = _read_applied(lake)
    _require_no_rename_withdrawn(lake, memory, renames)
    if not has_renames(table) or memory.get(table.name, {}).get("applied", {}) == renames:
        return
    if renames:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True, mode=0o700)
        try:
            days = _rewrite_days(lake, table, renames, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if days is not None:
            with lake.session() as session:
                reconcile_rewritten_rows(
                    session, lake, table, "sku_id", RepairKind.SKU_RENAME.value
                )
            log(
                Bilingual(
                    f"SKU renames: {days:,} parts of {table.name} rewritten",
                    f"商品编码变更：重写了 {table.zh}的 {days:,} 个分区",
                )
            )
    _write_applied(lake, table, applied=renames)


def note_old_ids(lake: Lakehouse, table: Table, renamed: Mapping[str, str]) -> None:
    """Store old SKU id → current id of rows of `table`, before they are renamed for good."""
    noted = _read_applied(lake).get(table.name, {}).get("met", {})
    if renamed.items() - noted.items():
        _write_applied(lake, table, met={**noted, **renamed})


def _rewrite_days(
    lake: Lakehouse, table: Table, renames: Mapping[str, str], scratch: Path
) -> int | None:
    """Commit the days that hold an old id with the new one; return the number of files, None for an
    empty table."""
    path = lake.path(table)
    stored = files_of(path, table.partition)
    if not stored:
        return None
    before = version_of(path)
    with lake.session() as session:
        names = dict(session.rows("select file_sha256, file_name from ingest_ledger"))
        work = TableMerge(session, table, [], stored, names, scratch)
        touched = _rename(session, work, renames)
        if not touched:
            return 0
        note_old_ids(lake, table, {old: renames[old] for old in _old_ids(session)})
        added = work.rewrite_files(touched, scratch / "renamed", "renamed")
        version = commit_files(path, stored_columns(table), table.partition, added, touched)
    days = {file.partition for file in touched if file.partition is not None}
    ChangedDays(lake.root, table.name).add(days, version)
    index = KeyIndex(lake.root / "_keys" / table.name)
    if "sku_id" not in table.key and index.is_current(index_stamp(before)):
        index.add(KeyRun(np.empty(0, np.uint64), np.empty(0, np.int32)), index_stamp(version))
    return len(touched)


def _rename(session: Session, work: TableMerge, renames: Mapping[str, str]) -> list[StoredFile]:
    """Return the files of the days that hold an old id; creates views `renamed` and `losing_rows`
    of their rows."""
    pairs = pa.table({"old_id": list(renames), "new_id": list(renames.values())})
    session.register("sku_renames", pairs)
    session.table(
        "rows_with_old_id",
        f"select distinct stored_day, sku_id from ({work.source(work.stored)}) "
        "where sku_id in (select old_id from sku_renames)",
    )
    days = {row[0] for row in session.rows("select distinct stored_day from rows_with_old_id")}
    touched = [file for file in work.stored if work.day_of(file) in days]
    said = literal(_REPAIR)
    session.view(
        "renamed",
        f"""
select s.* replace (
  coalesce(r.new_id, s.sku_id) as sku_id,
  case when r.new_id is null or contains(s.repairs, {said}) then s.repairs
    else concat_ws(' ', s.repairs, {said}) end as repairs
)
from ({work.source(touched)}) as s
left join sku_renames as r on s.sku_id = r.old_id""",
    )
    # only where the key holds the SKU two rows can come to share one
    again = (
        f"select file_sha256, row_number from renamed left join contents using (file_sha256) "
        f"qualify row_number() over (partition by {work.key} order by {work.newest_first}) > 1"
    )
    none = "select '' as file_sha256, 0 as row_number where false"
    session.table("losing_rows", again if "sku_id" in work.table.key else none)
    return touched


def _old_ids(session: Session) -> set[str]:
    return {row[0] for row in session.rows("select distinct sku_id from rows_with_old_id")}


# -- what was applied --------------------------------------------------------------------------


def _read_applied(lake: Lakehouse) -> dict[str, dict[str, dict[str, str]]]:
    """Return table → `applied`: renames as last stated; `met`: those whose old id was in a row."""
    path = lake.root / APPLIED_FILE
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _write_applied(lake: Lakehouse, table: Table, **changed: Mapping[str, str]) -> None:
    memory: dict[str, Any] = _read_applied(lake)
    memory[table.name] = memory.get(table.name, {}) | changed
    path = lake.root / APPLIED_FILE
    write_atomically(path, json.dumps(memory, ensure_ascii=False, sort_keys=True).encode())


def _require_no_rename_withdrawn(
    lake: Lakehouse, memory: Mapping[str, dict[str, dict[str, str]]], renames: Mapping[str, str]
) -> None:
    """Raise LinliError when an old id found in rows is now renamed to another id.

    A longer chain is no change: rows renamed from A to B are renamed to C with all other rows of B.
    """
    for name, noted in memory.items():
        for old, new in noted.get("met", {}).items():
            if renames.get(old) != renames.get(new, new):
                now = f'as "{renames[old]}"' if old in renames else "without a new id"
                now_zh = f"改为 “{renames[old]}”" if old in renames else "不再改名"
                raise LinliError(
                    f'sku_renames: rows of {name} were already renamed from "{old}" to "{new}", '
                    f"and {old} is now stated {now}; those rows cannot be separated now. State "
                    f'"{old}" = "{new}" again, or remove {lake.place} to read the exports again',
                    f"sku_renames：{name} 中的行已从 “{old}” 改为 “{new}”，而现在 {old} "
                    f"{now_zh}；这些行已无法区分。请恢复 “{old}” = “{new}”，或删除 "
                    f"{lake.place} 后重新导入",
                )
