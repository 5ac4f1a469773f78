"""SKU renames: rows that stand already get the new id when a rename is stated after they came.

New rows are renamed while they are staged. When what is stated differs from what was applied to a
table, the days that hold an old id are written anew: a row carries the rename in its `repairs`, as
if it had come after it, and where the key of a table holds the SKU, keys are settled again. What
was applied is remembered beside the lake, so that a load without a change looks at nothing; old ids
that were met cannot be given back, because nobody can tell their rows from those of the new id.

Commits come in the order table, repairs, ledger, memory; the accounts follow from the table as it
stands, so that a renaming that was killed is simply done again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assets.checks.changed_days import ChangedDays
from assets.ingest.match.identify_file import MAPPINGS_FOLDER
from assets.ingest.merge.key_index import KeyIndex, Run
from assets.ingest.merge.merge import Settling, stamp
from assets.ingest.merge.reconcile import commit_renamed
from assets.resources.atomic_file import write_atomically
from assets.resources.home import LinliHome
from assets.resources.lakehouse.delta_commit import StoredFile, exchange, files_of, version_of
from assets.resources.lakehouse.lakehouse import Lakehouse, Session, stored_columns
from assets.resources.lakehouse.sql_text import literal
from assets.resources.readers.detect import detect
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError, LinliError, zh_of
from data_contracts.messages import Bilingual
from data_contracts.repairs import RepairKind
from data_contracts.sku_renames import NEW, OLD, RENAMES_FILE, has_renames, resolved
from data_contracts.table import Table

MEMORY = "_sku_renames.json"
_SAID = f"sku_id:{RepairKind.SKU_RENAME.value}"


def stated_renames(home: LinliHome) -> dict[str, str]:
    """Old SKU id → the id it goes by now, of `platform.toml` and the file beside the exports.

    Raises LinliError for renames that contradict each other or have no end.
    """
    stated = dict(home.platform().sku_renames)
    path = home.exports_dir / MAPPINGS_FOLDER / RENAMES_FILE
    if path.is_file():
        for number, (old, new) in enumerate(_listed(path), start=1):
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


def _listed(path: Path) -> list[tuple[str, str]]:
    """Pairs of the file; raises LinliError naming the row that is incomplete."""
    try:
        rows = open_rows(path, detect(path), name=path.name)
        if not {OLD, NEW} <= set(rows.header):
            raise ExportError(
                f"{path.name}: its header must be {OLD},{NEW}",
                f"{path.name}：表头必须是 {OLD},{NEW}",
            )
        cells = pa.Table.from_batches(list(rows.reader([OLD, NEW])), _SCHEMA).to_pylist()
    except ExportError as error:
        raise LinliError(f"{path.parent}: {error}", f"{path.parent}：{zh_of(error)}") from error
    found = []
    for row in cells:
        pair = tuple((row[name] or "").strip() for name in (OLD, NEW))
        if not all(pair):
            raise LinliError(
                f"{path}: data row {row['row_number']}: {OLD} or {NEW} is empty; fill it in",
                f"{path}：第 {row['row_number']} 行数据的 {OLD} 或 {NEW} 为空，请补上",
            )
        found.append((pair[0], pair[1]))
    return found


_SCHEMA = pa.schema([(OLD, pa.string()), (NEW, pa.string()), ("row_number", pa.int64())])


def rename_standing(
    home: LinliHome, table: Table, scratch: Path, log: Callable[[str], None]
) -> None:
    """Bring the rows of `table` that stand already to the renames as they are stated now.

    Costs nothing while nothing changed. Raises LinliError when a rename that was applied is taken
    back or changed. The caller holds the lake's write lock.
    """
    renames = stated_renames(home)
    lake = home.lakehouse
    memory = _read(lake)
    _refuse_taken_back(lake, memory, renames)
    if not has_renames(table) or memory.get(table.name, {}).get("applied", {}) == renames:
        return
    if renames:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True, mode=0o700)
        try:
            days = _written_anew(lake, table, renames, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if days is not None:
            with lake.session() as session:
                commit_renamed(session, lake, table, "sku_id", RepairKind.SKU_RENAME.value)
            log(
                Bilingual(
                    f"SKU renames: {days:,} parts of {table.name} written anew",
                    f"商品编码变更：重写了 {table.zh}的 {days:,} 个分区",
                )
            )
    _remember(lake, table, applied=renames)


def note_met(
    lake: Lakehouse, table: Table, met: Collection[str], renames: Mapping[str, str]
) -> None:
    """Remember old ids that stood in `table` or come into it, before they are renamed for good."""
    known = _read(lake).get(table.name, {}).get("met", {})
    found = known | {old: renames[old] for old in met}
    if found != known:
        _remember(lake, table, met=found)


def _written_anew(
    lake: Lakehouse, table: Table, renames: Mapping[str, str], scratch: Path
) -> int | None:
    """Commit the days that hold an old id with the new one; days, None without any row at all."""
    path = lake.path(table)
    standing = files_of(path, table.partition)
    if not standing:
        return None
    before = version_of(path)
    with lake.session() as session:
        names = dict(session.rows("select file_sha256, file_name from ingest_ledger"))
        work = Settling(session, table, [], standing, names, scratch)
        touched = _renamed(session, work, renames)
        if not touched:
            return 0
        note_met(lake, table, _met(session), renames)
        added = work.written_anew(touched, scratch / "renamed", "renamed")
        version = exchange(path, stored_columns(table), table.partition, added, touched)
    days = {file.partition for file in touched if file.partition is not None}
    ChangedDays(lake.root, table.name).add(days, version)
    index = KeyIndex(lake.root / "_keys" / table.name)
    if "sku_id" not in table.key and index.stands_at(stamp(before)):
        index.add(Run(np.empty(0, np.uint64), np.empty(0, np.int32)), stamp(version))
    return len(touched)


def _renamed(session: Session, work: Settling, renames: Mapping[str, str]) -> list[StoredFile]:
    """Files of the days that hold an old id; views `renamed` and `losers` of their rows."""
    pairs = pa.table({"old_id": list(renames), "new_id": list(renames.values())})
    session.register("sku_renames", pairs)
    session.table(
        "met",
        f"select distinct stored_day, sku_id from ({work.source(work.standing)}) "
        "where sku_id in (select old_id from sku_renames)",
    )
    days = {row[0] for row in session.rows("select distinct stored_day from met")}
    touched = [file for file in work.standing if work.day_of(file) in days]
    said = literal(_SAID)
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
    session.table("losers", again if "sku_id" in work.table.key else none)
    return touched


def _met(session: Session) -> set[str]:
    return {row[0] for row in session.rows("select distinct sku_id from met")}


# -- what was applied --------------------------------------------------------------------------


def _read(lake: Lakehouse) -> dict[str, dict[str, dict[str, str]]]:
    """Table → `applied`: renames as last stated, `met`: those of which the old id ever stood."""
    path = lake.root / MEMORY
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _remember(lake: Lakehouse, table: Table, **changed: Mapping[str, str]) -> None:
    memory: dict[str, Any] = _read(lake)
    memory[table.name] = memory.get(table.name, {}) | changed
    path = lake.root / MEMORY
    write_atomically(path, json.dumps(memory, ensure_ascii=False, sort_keys=True).encode())


def _refuse_taken_back(
    lake: Lakehouse, memory: Mapping[str, dict[str, dict[str, str]]], renames: Mapping[str, str]
) -> None:
    """Raise LinliError when an old id that was met goes to another id than it went to.

    A chain made longer is no change: what went from A to B goes on to C with everything that is B.
    """
    for name, known in memory.items():
        for old, new in known.get("met", {}).items():
            if renames.get(old) != renames.get(new, new):
                now = f'as "{renames[old]}"' if old in renames else "no more"
                now_zh = f"改为 “{renames[old]}”" if old in renames else "不再改名"
                raise LinliError(
                    f'sku_renames: rows of {name} went from "{old}" to "{new}" already, and '
                    f"{old} is stated {now}; nobody can tell those rows apart any more. State "
                    f'"{old}" = "{new}" again, or remove {lake.place} to read the exports again',
                    f"sku_renames：{name} 中的行已从 “{old}” 改为 “{new}”，而现在 {old} "
                    f"{now_zh}；这些行已无法区分。请恢复 “{old}” = “{new}”，或删除 "
                    f"{lake.place} 后重新导入",
                )
