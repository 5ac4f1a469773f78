"""Refusals in files that are not loaded, whatever their columns are called: by id or by phone.

A list of those who refused often comes as phones alone, or under a header no mapping knows. What a
load would not read as a refusal is read here cell by cell, and nothing is loaded. A file says that
it holds refusals by a header (退订时间) or by its name (黑名单.csv); where neither ids nor phones
can be read in it, it is an error, since nobody knows whom it means.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from assets.ingest.cleaning.readings import FALSE_WORDS, MORE_FALSE_WORDS, NOT_REFUSED_WORDS
from assets.ingest.handback_files import id_headers
from assets.resources.inbox.csv_careful import every_row
from assets.resources.inbox.detecting import detect
from assets.resources.inbox.file_format import Container, FileFormat
from assets.resources.inbox.workbooks import every_sheet
from assets.resources.mentions import numbers_of, phones_in, plain
from data_contracts.errors import ExportError
from data_contracts.mappings.fitting import normal

NO = {"", *FALSE_WORDS, *MORE_FALSE_WORDS, *NOT_REFUSED_WORDS}
_CLEARLY = (
    "退订|拒绝(营销|接收|联系|推送|短信|触达|打扰)|黑名单|拉黑|免打扰|勿扰|(不再|不|别)(接收|联系|打扰)"
    "|取消订阅|订阅状态|unsubscri|opte?d?out|donot(contact|disturb|call|mail)|^dnd$|^dnc$"
    "|blacklist|blocklist|suppress|nomarketing"
)
_REFUSAL = re.compile(f"{_CLEARLY}|拒收|拒绝")
_CLEAR_REFUSAL = re.compile(_CLEARLY)
_CONSENT = re.compile(
    "(接受|接收|同意|允许|愿意|授权).{0,3}(营销|推送|短信|消息|通知|广告|推广|联系|触达)|营销授权"
    "|是否订阅|opte?d?in$|(accepts?|allows?)marketing|marketingconsent"
)
_COUNTED = re.compile("(数|数量|件数|人数|率|金额|量|统计|报表|汇总)$|rate$|count$")
_PHONE = re.compile("手机|电话|联系方式|号码|phone|mobile|tel")
_HEADER_AMONG, _LONGEST_HEADER = 10, 20  # rows, characters

Part = list[list[str]]


@dataclass
class Heard:
    """`ids`: what stands in columns of ids. `users`: pseudonyms of cells that are known ids.
    `nameless`: refusals without an id or a phone."""

    ids: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    nameless: int = 0


def refusing_headers(headers: Iterable[str], *, is_about_people: bool) -> list[str]:
    """Headers that say who refused, or who agreed. `is_about_people`: False in exports of goods and
    orders, where 拒收 is a parcel's."""
    pattern = _REFUSAL if is_about_people else _CLEAR_REFUSAL
    return [name for name in headers if _is_refusal(name, pattern) or _is_consent(name)]


def is_refusal_list(name: str) -> bool:
    """Whether the name of a file or of its folder says that who stands in it refused.

    >>> is_refusal_list("退订名单 2026-10.csv"), is_refusal_list("退订率.csv")
    (True, False)
    """
    parts = [normal(part.split(".")[0]) for part in Path(name).parts]
    return any(_REFUSAL.search(part) and not _COUNTED.search(part) for part in parts)


def first_headers(path: Path) -> list[str]:
    """Short cells of the first rows of a file: its header stands among them. Raises ExportError
    where the file cannot be read."""
    return [cell for part in _parts(path, _HEADER_AMONG) for row in part for cell in row]


def hear(
    path: Path, name: str, pseudonym: Callable[[str], str], known: Collection[str], *, by_name: bool
) -> Heard:
    """Who refused in the file at `path`. `known`: pseudonyms of the vault. `by_name`: the file is a
    list of refusals, and every row of it is one that does not say no.

    Raises ExportError where refusals stand in it and no row says whose.
    """
    heard, refusals, seen = Heard(), 0, []
    for part in _parts(path, None):
        place = _header_of(part)
        header = part[place] if place is not None else []
        refusing = [n for n, cell in enumerate(header) if _is_refusal(cell, _REFUSAL)]
        agreeing = [n for n, cell in enumerate(header) if _is_consent(cell) and n not in refusing]
        ids = [n for n, cell in enumerate(header) if normal(cell) in id_headers()]
        phones = [n for n, cell in enumerate(header) if _PHONE.search(normal(cell))]
        seen += [header[n] for n in (*refusing, *agreeing)]
        for row in part[0 if place is None else place + 1 :]:
            cells = [plain(cell).strip(" \t'\"=") for cell in row]
            said = [_at(cells, n).casefold() for n in refusing]
            agreed = [_at(cells, n).casefold() for n in agreeing]
            says_no = any(word and word in NO for word in said)
            is_refused = any(word not in NO for word in said) or any(
                word in (*FALSE_WORDS, *MORE_FALSE_WORDS) or _REFUSAL.search(word)
                for word in agreed
                if word
            )
            if not any(cells) or not (is_refused or (by_name and not says_no)):
                continue
            refusals += 1
            theirs = {re.sub(r"\.0+$", "", _at(cells, n)) for n in ids} - {""}
            users = {made for cell in cells if cell and (made := pseudonym(cell)) in known}
            numbers = {number for cell in cells for number in phones_in(cell)}
            numbers |= {number for n in phones for number in numbers_of(_at(cells, n))}
            heard.ids |= theirs
            heard.users |= users
            heard.phones |= numbers
            heard.nameless += not (theirs or users or numbers)
    if refusals and heard.nameless == refusals:
        what = ", ".join(dict.fromkeys(seen)) or Path(name).stem
        raise ExportError(
            f"{name}: {what} says who refused, but neither a user id nor a phone can be read in "
            "those rows; call such a column user_id or phone",
            f"{name}：“{what}”表示拒绝，但这些行中读不到用户编号或手机号；请把相应列命名为"
            "“用户编号”或“手机号”",
        )
    return heard


def _is_refusal(header: str, pattern: re.Pattern[str]) -> bool:
    text = normal(header)
    is_short = 0 < len(text) <= _LONGEST_HEADER
    return is_short and bool(pattern.search(text)) and not _COUNTED.search(text)


def _is_consent(header: str) -> bool:
    text = normal(header)
    return 0 < len(text) <= _LONGEST_HEADER and bool(_CONSENT.search(text))


def _header_of(rows: Sequence[Sequence[str]]) -> int | None:
    """The row of the first ones in which most cells are headers we know; None without one."""
    best, most = None, 0
    for place, row in enumerate(rows[:_HEADER_AMONG]):
        known = sum(
            _is_refusal(cell, _REFUSAL)
            or _is_consent(cell)
            or normal(cell) in id_headers()
            or bool(_PHONE.search(normal(cell)))
            for cell in row
            if not phones_in(plain(cell))
        )
        if known > most:
            best, most = place, known
    return best


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _parts(path: Path, most: int | None) -> list[Part]:
    """Rows of each sheet of a file, headers among them; `most` of each."""
    found = detect(path)
    if found.container is Container.CSV:
        return [[list(cells) for cells in islice(every_row(path, found), most)]]
    if found.container is Container.XLSX:
        return [rows[:most] for _, rows in every_sheet(path)]
    rows = _records(path, found, most)
    header = list(dict.fromkeys(name for row in rows for name in row))
    texts = [["" if row.get(name) is None else str(row[name]) for name in header] for row in rows]
    return [[header, *texts]]


def _records(path: Path, found: FileFormat, most: int | None) -> list[dict[str, object]]:
    if found.container is Container.PARQUET:
        return pq.read_table(path).slice(0, most).to_pylist()
    opened = gzip.open if found.gzipped else open
    with opened(path, "rt", encoding="utf-8-sig") as stream:
        lines = [json.loads(line) for line in islice(stream, most) if line.strip()]
    return [line for line in lines if isinstance(line, dict)]
