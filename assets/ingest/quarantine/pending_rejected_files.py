"""Write rejected-rows files that a load has noted, after its commits.

They are written from the committed quarantine, so a load that died before all of them were written,
or could not write them, catches up on the next one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from assets.ingest.identify_inbox import InboxManifest
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.quarantine.write_rejected_rows import rejected_rows_path, write_rejected_rows
from assets.resources.files.atomic_file import write_atomically
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse
from assets.resources.readers.file_index import assert_unchanged
from data_contracts.errors import ExportError, LinliError
from data_contracts.system_errors import said_of
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import QUARANTINE

PENDING_FILE = "_handbacks.json"


def note_pending_exports(lake: Lakehouse, table: Table, names: Collection[str]) -> None:
    """Note that the rejected rows of the files called `names` must be written."""
    noted = _read(lake)
    _write(lake, noted | {table.name: sorted({*noted.get(table.name, ()), *names})})


def write_pending_exports(
    home: LinliHome,
    table: Table,
    manifest: InboxManifest,
    sources: Mapping[str, IdentifiedFile] | None = None,
) -> None:
    """Write the rejected-rows files noted for `table` from its quarantine.

    `sources`: content → the file that has it; other contents are looked up in `manifest`, then in
    the earlier rejected-rows file. Raises LinliError when a file cannot be written.
    """
    lake = home.lakehouse
    noted = _read(lake)
    names = noted.get(table.name, [])
    if not names:
        return
    with lake.session(QUARANTINE) as session:
        rows = session.arrow(
            "select file_name, file_sha256, row_number, reason_code, reason, reason_zh "
            "from quarantine where export = $export and list_contains($names, file_name) "
            "order by file_name, file_sha256, row_number",
            export=table.name,
            names=names,
        ).to_pylist()
    bad: dict[str, list[dict]] = {name: [] for name in names}
    for row in rows:
        bad[row["file_name"]].append(row)
    source_of = dict(sources or {})
    for name in names:
        for sha in {row["file_sha256"] for row in bad[name]} - set(source_of):
            source = _source_if_unchanged(manifest, name, sha)
            if source is not None:
                source_of[sha] = source
        try:
            write_rejected_rows(home, name, bad[name], source_of)
        except OSError as error:
            raise LinliError(
                f"{rejected_rows_path(home, name)}: the rejected rows cannot be written "
                f"({said_of(error)}); fix this and run again: the good rows are loaded",
                f"{rejected_rows_path(home, name)}：退回文件无法写入（{said_of(error).zh}）；请"
                "处理后重新运行，合格的行已导入",
            ) from error
    _write(lake, {other: kept for other, kept in noted.items() if other != table.name})


def _source_if_unchanged(manifest: InboxManifest, name: str, sha256: str) -> IdentifiedFile | None:
    """Return the file if it still has that content; None when it is missing or changed."""
    source = manifest.file_with_content(name, sha256)
    try:
        if source is not None:
            assert_unchanged(source.file)
    except ExportError:
        return None
    return source


def _read(lake: Lakehouse) -> dict[str, list[str]]:
    path = lake.root / PENDING_FILE
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _write(lake: Lakehouse, noted: Mapping[str, list[str]]) -> None:
    path = lake.root / PENDING_FILE
    if noted:
        write_atomically(path, json.dumps(noted, ensure_ascii=False).encode())
    else:
        path.unlink(missing_ok=True)
