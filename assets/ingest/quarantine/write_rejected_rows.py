"""Write the rejected rows of an export file for its exporter, with the reason of each.

The file goes to `quarantine/` of the home and is readable by its owner only, because it holds the
full rows. Corrected and put into the exports folder, it is read like any other export; its first
columns give the original row of each of its rows, so that those leave the quarantine.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.quarantine.rejected_files import (
    QUARANTINE_FOLDER,
    REJECTED_SUFFIX,
    QuarantineFile,
    grant_owner_read,
)
from assets.ingest.stage.normalise.normalise_stream import NOTED_REPAIRS, Normaliser
from assets.ingest.stage.normalise.totals_rows import CODE as TOTALS
from assets.ingest.stage.returned_rows import (
    ORIGINAL,
    ORIGINAL_CONTENT,
    ORIGINAL_ROW,
    REASON_COLUMNS,
    short_fingerprint,
)
from assets.resources.files.private_files import private_folder, private_writer
from assets.resources.home import LinliHome
from assets.resources.outbox.spreadsheet import csv_text, csv_value
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.rows import ROW_NUMBER
from data_contracts.repairs import RepairKind

_NAME_BYTES = 200  # file systems take 255


def rejected_rows_path(home: LinliHome, name: str) -> Path:
    """Return the path of the rejected-rows file of the file called `name`."""
    return home.root / QUARANTINE_FOLDER / f"{_flat_name(name)}{REJECTED_SUFFIX}.csv"


def _flat_name(name: str) -> str:
    """Return a short file name that is unique for every name in the exports folder.

    >>> _flat_name("orders.csv"), _flat_name("2026/orders.csv")
    ('orders.csv', '2026_orders.csv-f8dc3f24')
    """
    if "/" not in name and len(name.encode()) <= _NAME_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    kept = name.replace("/", "_").encode()[:_NAME_BYTES].decode("utf-8", "ignore")
    return f"{kept}-{digest}"


def write_rejected_rows(
    home: LinliHome,
    name: str,
    bad: Sequence[Mapping[str, Any]],
    sources: Mapping[str, IdentifiedFile],
) -> Path:
    """Write the rows `bad` of the file called `name` for its exporter, replacing an earlier such
    file.

    `bad`: rows of the quarantine. `sources`: content → the file that still has it; rows of other
    contents are taken from the earlier rejected-rows file. Without any row there is no file.
    """
    path = rejected_rows_path(home, name)
    by_content: dict[str, dict[int, tuple[str, str]]] = {}
    for row in bad:
        if row["reason_code"] == TOTALS:
            continue  # a totals row needs no correction
        reasons = by_content.setdefault(row["file_sha256"], {})
        reasons[row["row_number"]] = (row["reason_zh"], row["reason"])
    parts = [
        _rows_from_source(sources[sha], sha, reasons)
        if sha in sources
        else _rows_from_earlier_export(path, name, sha, reasons)
        for sha, reasons in by_content.items()
    ]
    if path.is_dir():
        _keep_under_another_name(path)
    if not any(lines for _, lines in parts):
        path.unlink(missing_ok=True)
        return path
    header = list(dict.fromkeys(chain.from_iterable(part for part, _ in parts)))
    titles = [*REASON_COLUMNS, *map(csv_text, header)]
    written = (
        [*said, *(cells if own == header else _under_common_header(own, cells, header))]
        for own, lines in parts
        for said, cells in lines
    )
    write_lines(path, chain([titles], written))
    return path


def write_lines(path: Path, lines: Iterable[Sequence[Any]]) -> None:
    """Write a rejected-rows file atomically; only its owner may read it."""
    private_folder(path.parent)
    with private_writer(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        csv.writer(text, lineterminator="\r\n").writerows(lines)
        text.flush()
        text.detach()


RejectedLine = tuple[list[Any], list[str]]  # what is said, and the row's own cells


def _rows_from_source(
    source: IdentifiedFile, sha256: str, reasons: Mapping[int, tuple[str, str]]
) -> tuple[list[str], list[RejectedLine]]:
    """Return header and lines of the rows of these numbers, read from the file itself."""
    name = source.file.name
    rows = open_rows(source.file.path, source.format, name=name)
    own = [place for place, title in enumerate(rows.header) if title not in REASON_COLUMNS]
    dropped = {place for place, title in enumerate(rows.header) if title in REASON_COLUMNS}
    lines: list[RejectedLine] = []
    rejected = [(number, list(cells)) for number, cells in rows.raw(reasons)]
    _fill_down(source, rows.header, rejected)
    for number, cells in rejected:
        said = [*reasons[number], csv_text(name), number, short_fingerprint(sha256)]
        kept = [cell for place, cell in enumerate(cells) if place not in dropped]
        lines.append((said, [csv_text(cell, is_id=True) for cell in kept]))
    return [rows.header[place] for place in own], lines


def _fill_down(
    source: IdentifiedFile, header: Sequence[str], rejected: Sequence[tuple[int, list[str]]]
) -> None:
    """Fill the order columns of rows that rely on the row above, since the row above is not
    written.

    The file is read again only where such a row is among them.
    """
    places = {title: place for place, title in enumerate(header)}
    order = [
        places[title]
        for one in source.match.columns.get("order_id", ())
        for title in one.headers
        if title in places
    ]
    blank = {
        number: cells
        for number, cells in rejected
        if order and not any(cells[place].strip() for place in order if place < len(cells))
    }
    if not blank:
        return
    with closing(open_rows(source.file.path, source.format, name=source.file.name)) as rows:
        normalising = Normaliser(source, rows, utc_offset_minutes=0)
        for batch in normalising.transform(rows.reader(normalising.headers)):
            if not batch.num_rows:
                continue
            numbers = batch.column(ROW_NUMBER)
            wanted = pc.is_in(numbers, value_set=pa.array(list(blank), numbers.type))
            for filled in batch.filter(wanted).to_pylist():
                if f":{RepairKind.FILLED_DOWN.value}" not in (filled[NOTED_REPAIRS] or ""):
                    continue
                cells = blank[filled[ROW_NUMBER]]
                for title, value in filled.items():
                    place = places.get(title, len(cells))
                    if place < len(cells) and not cells[place].strip() and isinstance(value, str):
                        cells[place] = value


def _rows_from_earlier_export(
    path: Path, name: str, sha256: str, reasons: Mapping[int, tuple[str, str]]
) -> tuple[list[str], list[RejectedLine]]:
    """Return header and lines of these rows from the earlier rejected-rows file at `path`.

    For contents that are no longer in the exports folder.
    """
    header, earlier = _read_earlier_export(path)
    if not header:
        _keep_under_another_name(path)
    wanted = {str(number): reason for number, reason in reasons.items()}
    own = [title for title in header if title not in REASON_COLUMNS]
    lines: list[RejectedLine] = []
    for cells in earlier:
        said = dict(zip(header, cells, strict=False))
        number = said.get(ORIGINAL_ROW, "")
        content = said.get(ORIGINAL_CONTENT, short_fingerprint(sha256))
        is_same = content == short_fingerprint(sha256)
        if not is_same or csv_value(said.get(ORIGINAL, "")) != name or number not in wanted:
            continue
        dropped = {place for place, title in enumerate(header) if title in REASON_COLUMNS}
        kept = [cell for place, cell in enumerate(cells) if place not in dropped]
        lines.append(([*wanted[number], said[ORIGINAL], number, short_fingerprint(sha256)], kept))
    return own, lines


def _read_earlier_export(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the rejected-rows file at `path`; both empty when it cannot be
    read."""
    if not path.is_file():
        return [], []
    grant_owner_read(path)
    try:
        return QuarantineFile(path).table()
    except OSError:
        return [], []


def _keep_under_another_name(path: Path) -> None:
    """Rename what is at `path` and is no rejected-rows file of ours, so that it is kept."""
    attempt, free = 1, path.with_name(f"{path.stem}_1{path.suffix}")
    while free.exists():
        attempt += 1
        free = path.with_name(f"{path.stem}_{attempt}{path.suffix}")
    if path.exists():
        path.rename(free)


def _under_common_header(
    own: Sequence[str], cells: Sequence[str], header: Sequence[str]
) -> Iterator[str]:
    """Return the cells in the order of the common header; cells without a header come last."""
    named = dict(zip(own, cells, strict=False))
    yield from (named.get(title, "") for title in header)
    yield from cells[len(own) :]
