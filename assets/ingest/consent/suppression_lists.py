"""Read refusals in files that no load reads, whatever their columns are called: by id or by phone.

A list of people who refused often holds only phones, or uses a header no mapping knows. What a load
would not read as a refusal is read here cell by cell, and nothing is loaded. A file is a
suppression list by a header (退订时间) or by its name (黑名单.csv); if neither ids nor phones
can be read in it, that is an error, because the people it means are unknown.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.ingest.consent.refusal_rows import asks_in_force, drop_rounded_numbers, is_lifted
from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.quarantine.rejected_files import user_id_headers
from assets.resources.person_search.mentions import fold_text, phone_digits, phones_in
from assets.resources.readers.delimited.row_reader import all_rows
from assets.resources.readers.detect import detect
from assets.resources.readers.file_format import Container, FileFormat
from assets.resources.readers.open_rows import open_rows
from assets.resources.readers.workbook.sheets import read_all_sheets
from data_contracts.errors import ExportError
from data_contracts.mappings.consent import NOTHING_SAID, Says, is_refusal_list_name, refuses
from data_contracts.mappings.consent_headers import (
    consent_or_words_of,
    excluded_headers,
    is_of_closed,
)
from data_contracts.mappings.spelling import normal
from data_contracts.table import Table

_PHONE = re.compile("手机|电话|联系方式|号码|phone|mobile|tel")
# Of a row that is about one order: its notes are no word of the person's.
_ORDER_ID = re.compile(
    "(订单|运单|售后单?|物流单?|快递单?|退款单?)(编?号|号码|id)$|^(order|tracking|shipment)(id|no|number|sn)?$"
)
_HEADER_WITHIN_ROWS = 10  # rows

Part = list[list[str]]
ConsentReader = Callable[[str], Says | None]


@dataclass
class ListedRefusals:
    """Refusals in one file.

    `ids`: cells of id columns. `users`: pseudonyms of cells that are known ids.
    `unattributed_rows`: refusals without an id or a phone. `unknown_ids`: refusals by an id no file
    has. `rows_with_words`: header that is not about consent → rows in which a word under it
    refuses.
    """

    ids: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    unattributed_rows: int = 0
    unknown_ids: int = 0
    rows_with_words: dict[str, int] = field(default_factory=dict)


def consent_reader(
    source: IdentifiedFile | None, table: Table | None, column: str | None
) -> ConsentReader:
    """Return how to read consent under a header of the file: by its mapping, or by its spelling.

    `column`: the consent column of `table`.
    """
    if source is None:
        return _consent_of_unknown_file
    none_of_ours = excluded_headers(source.match.mapping)
    read = {
        normal(header): Says.by(one.transform)
        for one in source.match.columns.get(column or "", ())
        for header in one.headers
    }

    def of(header: str) -> Says | None:
        spelled = normal(header)
        says = read.get(spelled) or consent_or_words_of(header, table)
        return None if says is Says.UNCLEAR and spelled in none_of_ours else says

    return of


def _consent_of_unknown_file(header: str) -> Says | None:
    """Read a header of an unknown file, in which cells of any text may be in the header's place."""
    says = consent_or_words_of(header, None)
    if says is not Says.UNCLEAR:
        return says
    return Says.REFUSAL if is_refusal_list_name(normal(header)) else None


def is_suppression_list(name: str) -> bool:
    """Return whether the name of a file or of its folder says that the people in it refused.

    >>> is_suppression_list("退订名单 2026-10.csv"), is_suppression_list("退订率.csv")
    (True, False)
    """
    parts = [normal(part.split(".")[0]) for part in Path(name).parts]
    return any(map(is_refusal_list_name, parts))


def holds_refusals(path: Path, says: ConsentReader) -> bool:
    """Return whether the first rows of a file, header included, are about refusals.

    Words under a header count only with an id or a phone, and not in files of orders. Raises
    ExportError where the file cannot be read.
    """
    cells = [
        cell for part in _read_parts(path, _HEADER_WITHIN_ROWS) for row in part for cell in row
    ]
    if _names_consent([cells], says):
        return True
    is_asked = any(says(cell) is not None for cell in cells)
    is_of_orders = any(_ORDER_ID.search(normal(cell)) for cell in cells)
    return (is_asked and not is_of_orders) and any(
        normal(cell) in user_id_headers() or _PHONE.search(normal(cell)) for cell in cells
    )


def _names_consent(rows: Sequence[Sequence[str]], says: ConsentReader) -> bool:
    """Return whether a cell of the first rows is about consent without an id or a phone."""
    cells = (cell for row in rows[:_HEADER_WITHIN_ROWS] for cell in row)
    return any((said := says(cell)) is not None and not _needs_person(cell, said) for cell in cells)


def _needs_person(header: str, said: Says) -> bool:
    """Return whether a header is about a person only where its row names one."""
    return said.is_by_words or is_of_closed(header, None)


def read_refusals(
    path: Path,
    name: str,
    pseudonym: Callable[[str], str],
    loaded_users: Collection[str],
    says: ConsentReader,
    *,
    by_name: bool,
    parts: Sequence[Part] | None = None,
) -> ListedRefusals:
    """Read who refuses in the file at `path`.

    `loaded_users`: pseudonyms of the vault. `by_name`: the file is a suppression list, so every row
    refuses unless it says no. `parts`: the rows that may refuse, if known already.

    Raises ExportError where it holds refusals and no row says whose, and where values under a
    header about consent cannot be read.
    """
    listed, refusals, nameless, seen = ListedRefusals(), 0, 0, []
    parts = _read_parts(path, None) if parts is None else parts
    is_loud = by_name or any(_names_consent(part, says) for part in parts)
    for part in parts:
        place = _header_position(part, says, lambda cell: pseudonym(cell) in loaded_users)
        header = part[place] if place is not None else []
        consent_columns = {
            n: how for n, cell in enumerate(header) if (how := says(cell)) is not None
        }
        if any(_ORDER_ID.search(normal(cell)) for cell in header):
            consent_columns = {
                n: how for n, how in consent_columns.items() if not _needs_person(header[n], how)
            }
        unclear = [n for n, how in consent_columns.items() if how is Says.UNCLEAR]
        worded = {n for n, how in consent_columns.items() if how.is_by_words}
        ids = [n for n, cell in enumerate(header) if normal(cell) in user_id_headers()]
        phones = [n for n, cell in enumerate(header) if _PHONE.search(normal(cell))]
        in_force = [n for n, cell in enumerate(header) if asks_in_force(cell)]
        seen += [header[n] for n in consent_columns if n not in (*unclear, *worded)]
        # such as 手机,诉求 as header and 要求不再联系 as cell
        is_said_by_cells = is_loud and len(worded) == len(consent_columns)
        for row in part[0 if place is None else place + 1 :]:
            for n in unclear:
                if _stripped(_cell(row, n)).casefold() not in NOTHING_SAID:
                    raise ExportError(*_unclear_consent_message(name, header[n]))
            answers = {
                n: refuses(_stripped(_cell(row, n)), how)
                for n, how in consent_columns.items()
                if n not in unclear
            }
            in_words = [n for n in worded if answers[n]]
            is_refused = any(answers[n] for n in answers if n not in worded)
            if not (in_words or is_refused or is_said_by_cells or by_name):
                continue
            cells = [_stripped(cell) for cell in row]
            if is_said_by_cells and not is_refused:
                others = (cell for n, cell in enumerate(cells) if n not in worded)
                is_refused = bool(in_words) or any(says(cell) is Says.REFUSAL for cell in others)
            if by_name and any(cells):
                denied = [n for n, no in answers.items() if no is False]
                worded_cells = [_cell(cells, n) for n in worded]
                is_refused |= not (
                    any(consent_columns[n] is Says.REFUSAL for n in denied)
                    or is_lifted([_cell(cells, n) for n in in_force], worded_cells)
                )
            if not (is_refused or in_words):
                continue
            theirs = {re.sub(r"\.0+$", "", _cell(cells, n)) for n in ids} - {""}
            users = {
                made
                for cell in cells
                for spelled in {cell, cell.upper(), cell.lower()} - {""}
                if (made := pseudonym(spelled)) in loaded_users
            }
            whole = [drop_rounded_numbers(cell) for cell in cells]
            numbers = {number for cell in whole for number in phones_in(cell)}
            numbers |= {number for n in phones for number in phone_digits(_cell(whole, n))}
            is_nameless = not (theirs or users or numbers)
            refusals += is_refused
            nameless += is_refused and is_nameless
            for n in in_words:
                listed.rows_with_words[header[n]] = listed.rows_with_words.get(header[n], 0) + 1
            listed.ids |= theirs
            listed.users |= users
            listed.phones |= numbers
            listed.unattributed_rows += is_nameless
            listed.unknown_ids += bool(theirs) and not (users or numbers)
    if refusals and nameless == refusals:
        what = ", ".join(dict.fromkeys(seen)) or Path(name).stem
        raise ExportError(
            f"{name}: {what} says who refused, but neither a user id nor a phone can be read in "
            "those rows; call such a column user_id or phone",
            f"{name}：“{what}”表示拒绝，但这些行中读不到用户编号或手机号；请把相应列命名为"
            "“用户编号”或“手机号”",
        )
    return listed


def rows_with_refusal_words(
    source: IdentifiedFile, unread: Collection[str], says: ConsentReader
) -> list[Part] | None:
    """Return the rows in which a word refuses under one of the headers `unread`, with header and
    person columns.

    None where the whole file must be read to find them.
    """
    said = {header: how for header in unread if (how := says(header)) is not None}
    if not all(how.is_by_words for how in said.values()):
        return None
    rows = open_rows(source.file.path, source.format, name=source.file.name)
    rows.lists = frozenset(said)
    of_users = {h for one in source.match.columns.get("user_id", ()) for h in one.headers}
    wanted = [
        header
        for header in rows.header
        if header in said or header in of_users or _PHONE.search(normal(header))
    ]
    part: Part = [wanted]
    with closing(rows):
        for batch in rows.reader(wanted):
            is_refused = np.zeros(batch.num_rows, np.bool_)
            for header, how in said.items():
                if header in wanted:
                    is_refused |= _refused_cells(batch.column(header), how)
            kept = batch.filter(pa.array(is_refused)).to_pylist()
            part += [
                ["" if row[header] is None else str(row[header]) for header in wanted]
                for row in kept
            ]
    return None if rows.malformed else [part]


def _refused_cells(column: pa.Array, said: Says) -> np.ndarray:
    """Return which cells of a column refuse."""
    if not pa.types.is_string(column.type):
        return np.zeros(len(column), np.bool_)
    words = column.dictionary_encode()
    answers = [refuses(fold_text(word), said) is True for word in words.dictionary.to_pylist()]
    refused = pc.take(pa.array(answers, pa.bool_()), words.indices)
    return pc.fill_null(refused, False).to_numpy(zero_copy_only=False)


def _unclear_consent_message(name: str, header: str) -> tuple[str, str]:
    return (
        f"{name}: {header} is about consent, but it is unclear whether it agrees or refuses; "
        "call it 营销授权 or 拒绝营销, or state it in mappings/*.csv: column marketing_opt_out "
        "with transform consent or refusal, or column ? where it is not about contact",
        f"{name}：“{header}”与营销授权有关，但无法判断是同意还是拒绝；请把表头改为“营销授权”或"
        "“拒绝营销”，或在 mappings/*.csv 中说明：column 填 marketing_opt_out，transform 填 "
        "consent 或 refusal；与联系无关时 column 填 ?",
    )


def _header_position(
    rows: Sequence[Sequence[str]], says: ConsentReader, is_person: Callable[[str], bool]
) -> int | None:
    """Return the row with the most known headers among the first rows; None without one.

    A row that names a person (`is_person`, for an id, or a phone) is no header.
    """
    best, most = None, 0
    for place, row in enumerate(rows[:_HEADER_WITHIN_ROWS]):
        if any(
            phones_in(fold_text(cell)) or is_person(fold_text(cell).strip()) for cell in row if cell
        ):
            return best
        headers_read = sum(
            says(cell) is not None
            or normal(cell) in user_id_headers()
            or bool(_PHONE.search(normal(cell)))
            for cell in row
        )
        if headers_read > most:
            best, most = place, headers_read
    return best


def _stripped(cell: str) -> str:
    return fold_text(cell).strip(" \t'\"=")


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _read_parts(path: Path, most: int | None) -> list[Part]:
    """Return the rows of each sheet of a file, headers included; at most `most` of each."""
    format_ = detect(path)
    if format_.container is Container.CSV:
        return [[list(cells) for cells in islice(all_rows(path, format_), most)]]
    if format_.container is Container.XLSX:
        return [rows[:most] for _, rows in read_all_sheets(path)]
    rows = _records(path, format_, most)
    header = list(dict.fromkeys(name for row in rows for name in row))
    texts = [["" if row.get(name) is None else str(row[name]) for name in header] for row in rows]
    return [[header, *texts]]


def _records(path: Path, format_: FileFormat, most: int | None) -> list[dict[str, object]]:
    if format_.container is Container.PARQUET:
        return pq.read_table(path).slice(0, most).to_pylist()
    opened = gzip.open if format_.gzipped else open
    with opened(path, "rt", encoding="utf-8-sig") as stream:
        text = stream.read()
    try:
        rows = json.loads(text, parse_float=str)
        rows = rows if isinstance(rows, list) else [rows]
    except ValueError:
        rows = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
    if any(isinstance(row, list) for row in rows):
        raise ValueError("rows within rows")
    return [row if isinstance(row, dict) else {"value": row} for row in rows[:most]]
