"""Hash and identify the files of an exports folder, each at most once.

What the stored inbox manifest says of a file is reused while the file's mark is the same; how it is
read is reused while code, mappings and `platform.toml` are the same too. Not here: what makes a
file an export (`identify_file`), which files there are (`file_index`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import assets.ingest
import assets.resources.readers
import data_contracts
from assets.ingest.match.identification_json import (
    identification_from_json,
    identification_to_json,
)
from assets.ingest.match.identify_file import IdentifiedFile, identify, own_mappings
from assets.ingest.stage.redact import mask_phones_in
from assets.resources.home import LinliHome
from assets.resources.lakehouse.lakehouse import Lakehouse, Session
from assets.resources.readers.file_index import InboxFile, content_sha256
from assets.resources.readers.file_order import file_order
from data_contracts.errors import ExportError, zh_of
from data_contracts.mappings.presets import presets
from data_contracts.table import Table
from data_contracts.tables.bookkeeping import INBOX_MANIFEST

# A file changed twice within one clock tick may keep its mark: rows this recent are not reused.
MIN_AGE_NS = 2_000_000_000
_CODE_SUFFIXES = (".py", ".csv", ".toml", ".sql")
_IDENTIFICATION = (
    "export", "preset", "file_format", "sheets", "reason", "reason_zh", "header_match",
    "identified_by",
)  # fmt: skip
_T = TypeVar("_T")


class FileIdentifier:
    """The files of the exports folder of `home`, with what the rows of a stored manifest say.

    `rows`: file name → row. Results are kept for the life of this object: one run.
    """

    def __init__(self, home: LinliHome, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self._platform = home.platform()
        own = own_mappings(home.exports_dir)
        self._own = own
        self._mappings = (*own, *presets())
        self._basis = f"{identification_code_digest()}\n{own!r}"
        self._rows = rows
        self._sha256: dict[InboxFile, str | ExportError] = {}
        self._identified: dict[InboxFile, IdentifiedFile | ExportError] = {}
        self._transient: set[InboxFile] = set()  # errors of the system: another time it may work

    def hash_files(self, files: Iterable[InboxFile], threads: int) -> None:
        """Hash the files that are not known, `threads` at a time."""
        new = [f for f in files if f not in self._sha256 and self._row_of(f) is None]
        with ThreadPoolExecutor(max_workers=threads) as pool:
            self._sha256.update(zip(new, pool.map(_sha256_or_error, new), strict=True))

    def sha256(self, file: InboxFile) -> str:
        """Return the sha256 of the content; raise ExportError when it cannot be read."""
        row = self._row_of(file)
        if row is not None:
            return str(row["file_sha256"])
        if file not in self._sha256:
            self._sha256[file] = _sha256_or_error(file)
        return _value_of(self._sha256[file])

    def identify(self, file: InboxFile) -> IdentifiedFile:
        """Return how the file is read; raise ExportError when it is no known export."""
        if file not in self._identified:
            stored = self._identification_of(file)
            self._identified[file] = self._read(file) if stored is None else stored
        return _value_of(self._identified[file])

    def sources_of(self, table: Table, files: Iterable[InboxFile]) -> list[IdentifiedFile]:
        """Return those of `files` that are read as `table`; others, and unknown ones, are not."""
        sources = []
        for file in files:
            try:
                source = self.identify(file)
            except ExportError:
                continue
            if source.table is table:
                sources.append(source)
        return sources

    def is_stored(self, file: InboxFile) -> bool:
        """Return whether the content was not read by this object."""
        return file not in self._sha256

    def identification(self, file: InboxFile) -> dict[str, str | None]:
        """Return the columns of the manifest about how the file is read; empty if not known."""
        source = self._identified.get(file)
        if source is None:
            row = self._row_of(file)
            is_valid = row is not None and row["identified_by"] == self._basis_of(file)
            return {name: row[name] for name in _IDENTIFICATION} if row and is_valid else {}
        if isinstance(source, ExportError):
            basis = None if file in self._transient else self._basis_of(file)
            return {"reason": str(source), "reason_zh": zh_of(source), "identified_by": basis}
        return {
            "export": source.table.name,
            "preset": source.preset,
            "file_format": str(source.format.describe()),
            "sheets": " + ".join(source.format.sheets) or None,
            "header_match": identification_to_json(source, self._mappings),
            "identified_by": self._basis_of(file),
        }

    def _read(self, file: InboxFile) -> IdentifiedFile | ExportError:
        """Open the file and identify it. An error quotes the first row, which may be data."""
        try:
            return identify(file, self._platform.facts_of(file.name), self._own)
        except ExportError as error:
            if getattr(error.__cause__, "errno", None) is not None:
                self._transient.add(file)
            return ExportError(mask_phones_in(str(error)), mask_phones_in(zh_of(error)))

    def _row_of(self, file: InboxFile) -> Mapping[str, Any] | None:
        """Return the stored row of a file with a digest, while the file is unchanged."""
        row = self._rows.get(file.name)
        is_same = row is not None and row["file_mark"] == mark_text(file)
        return row if is_same and row is not None and row["file_sha256"] else None

    def _identification_of(self, file: InboxFile) -> IdentifiedFile | ExportError | None:
        row = self._row_of(file)
        if row is None or row["identified_by"] != self._basis_of(file):
            return None
        if row["header_match"] is None:
            english, chinese = row["reason"], row["reason_zh"]
            return ExportError(english, chinese)
        return identification_from_json(row["header_match"], file, self._mappings)

    def _basis_of(self, file: InboxFile) -> str:
        """Return the digest of everything but the content that decides how the file is read."""
        facts = self._platform.facts_of(file.name)
        return hashlib.sha256(f"{self._basis}\n{facts!r}".encode()).hexdigest()


def mark_text(file: InboxFile) -> str:
    """Return the mark of a file as text: size, times and number on its disk."""
    return ":".join(map(str, file.mark))


def marked_file(exports: Path, name: str, mark: str) -> InboxFile:
    """Return the file of that name in the folder as it was when it had that mark."""
    return InboxFile(exports / name, name, *map(int, mark.split(":")))


def written_before(lake: Lakehouse) -> int:
    """Return the time of the last commit of the manifest, in nanoseconds; 0 without one."""
    log = lake.path(INBOX_MANIFEST) / "_delta_log"
    if not log.is_dir():
        return 0
    return max((path.stat().st_mtime_ns for path in log.glob("*.json")), default=0)


def manifest_rows(session: Session) -> list[dict[str, Any]]:
    """Return the rows of the stored manifest, in the order in which people read names."""
    rows = session.arrow("select * from inbox_manifest").to_pylist()
    return sorted(rows, key=lambda row: file_order(row["file_name"]))


def settled_rows(rows: Iterable[dict[str, Any]], written_ns: int) -> dict[str, dict[str, Any]]:
    """Return the rows of files that were last changed well before the manifest was written."""
    return {
        row["file_name"]: row
        for row in rows
        if row["file_mark"]
        and written_ns - max(map(int, row["file_mark"].split(":")[1:3])) > MIN_AGE_NS
    }


@cache
def identification_code_digest() -> str:
    """Return the digest of all code and shipped mappings that decide how a file is read.

    More than is needed, so that nothing is forgotten.
    """
    packages = (assets.ingest, assets.resources.readers, data_contracts)
    digest = hashlib.sha256()
    for folder in (Path(package.__path__[0]) for package in packages):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _CODE_SUFFIXES:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _sha256_or_error(file: InboxFile) -> str | ExportError:
    try:
        return content_sha256(file)
    except ExportError as error:
        return error


def _value_of(outcome: _T | ExportError) -> _T:
    if isinstance(outcome, ExportError):
        raise outcome
    return outcome
