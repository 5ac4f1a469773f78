"""Choose the sheets of a workbook to read: those whose headers match an export.

A summary or pivot sheet may be wider than the orders, so width decides nothing. Further sheets with
rows of the same table (one per month, or the rows beyond 65,536) are read one after the other, also
without a header (`continued_sheets.py`). A sheet that shows the same rows in another form is left
out, because they would count twice. Sheets that are not read are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assets.ingest.match.continued_sheets import continues_without_header
from assets.ingest.match.match_headers import HeaderMatch, match_headers
from assets.resources.readers.detect import workbook_format
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.headers import clean_header
from assets.resources.readers.workbook.sheets import (
    SheetPreview,
    cell_text,
    open_workbook,
    preview_sheets,
    read_cells,
)
from data_contracts.errors import ExportError
from data_contracts.exports import BY_NAME, EXPORTS
from data_contracts.mappings.presets import GENERIC, HeaderMapping
from data_contracts.mappings.spelling import normal

# Share of headers that two sheets of one table have in common.
_ALIKE_SHARE = 0.6
_NO_ROWS = re.compile(
    r"模板|模版|示例|样例|样表|说明|template|example|sample|readme", re.IGNORECASE
)
_OTHER_ROWS = re.compile(
    r"退|取消|作废|删除|关闭|备份|副本|旧|refund|return|cancel|void|backup|copy|\bold\b|deleted",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Candidate:
    """A sheet with a table and the best match of its headers, or None if no mapping matches."""

    sheet: SheetPreview
    header: list[str]
    match: HeaderMatch | None

    @property
    def name(self) -> str:
        return self.sheet.name


def choose_sheets(
    path: Path,
    name: str,
    format_: FileFormat,
    matches_of: Callable[[Sequence[str]], list[HeaderMatch]],
    is_readable: Callable[[HeaderMatch], bool],
    kind_of: Callable[[Sequence[str]], str | None],
    header_row: int | None = None,
) -> FileFormat:
    """Choose the sheets of a workbook whose headers match, and return `format_` with them.

    `matches_of`: header matches, best first. `is_readable`: whether a match is enough to read a
    sheet. `kind_of`: the export that a header certainly belongs to, or None. Raises ExportError
    where it is unclear whether sheets hold rows of the same table.
    """
    if not (format_.parts or format_.unread):
        return format_
    sheets = preview_sheets(path, header_row)
    candidates = [_candidate(sheet, name, matches_of) for sheet in sheets if sheet.is_table]
    matching = [one for one in candidates if one.match is not None]
    readable = [one for one in matching if one.match is not None and is_readable(one.match)]
    shown = [one for one in readable if not one.sheet.is_hidden] or readable
    if not shown:
        nearest = min(matching, key=_distance, default=None)
        if nearest is None:
            return format_
        return workbook_format([nearest.sheet], _unread(sheets, [nearest], candidates, kind_of))
    export = min((_export(one) for one in shown), key=[t.name for t in EXPORTS].index)
    mine = [one for one in shown if _export(one) == export]
    rows = [one for one in mine if not _NO_ROWS.search(one.name)] or mine
    best = min(rows, key=_order)
    chosen = [one for one in rows if one is best or _continues(one, best, path)]
    _require_same_kind(name, chosen)
    _require_common_headers(name, chosen, matches_of)
    bare = _headerless_sheets(sheets, chosen, [one.name for one in matching])
    read = [one.sheet for one in chosen] + bare
    return workbook_format(read, _unread(sheets, read, candidates, kind_of))


def _candidate(
    sheet: SheetPreview, name: str, matches_of: Callable[[Sequence[str]], list[HeaderMatch]]
) -> _Candidate:
    try:
        header = clean_header(sheet.header, name)
    except ExportError:
        return _Candidate(sheet, [], None)
    return _Candidate(sheet, header, next(iter(matches_of(header)), None))


def _export(one: _Candidate) -> str:
    assert one.match is not None
    return one.match.mapping.export


def _order(one: _Candidate) -> tuple[float, bool, int]:
    """Rank sheets: larger share of headers read, then named presets, then more columns."""
    assert one.match is not None
    return -round(one.match.share, 6), one.match.mapping.preset == GENERIC, -len(one.match.columns)


def _distance(one: _Candidate) -> tuple[int, int]:
    assert one.match is not None
    return len(one.match.missing), -len(one.match.columns)


def _continues(one: _Candidate, best: _Candidate, path: Path) -> bool:
    """Decide whether a sheet holds further rows of the table of `best`.

    It does if the headers are alike, or if no row has the key of a row of `best`.
    """
    own, other = ({normal(header) for header in of.header} for of in (one, best))
    if len(own & other) >= _ALIKE_SHARE * len(own | other):
        return True
    return not _keys(one, path) & _keys(best, path)


def _keys(one: _Candidate, path: Path) -> set[str]:
    """Collect the first key column of a sheet's rows."""
    assert one.match is not None
    key = BY_NAME[_export(one)].key[0]
    headers = [header for source in one.match.columns.get(key, ()) for header in source.headers]
    places = [one.header.index(header) for header in headers]
    rows = read_cells(open_workbook(path), path, one.name)[one.sheet.header_row :]
    cells = (cell_text(row[place]) for row in rows for place in places if place < len(row))
    return {cell.strip() for cell in cells if cell}


def _require_same_kind(name: str, chosen: Sequence[_Candidate]) -> None:
    """Raise ExportError if the name of one of several sheets says that its rows are of another
    kind.
    """
    other = [one.name for one in chosen if _OTHER_ROWS.search(one.name)]
    if other and len(other) < len(chosen):
        sheets = ", ".join(one.name for one in chosen)
        raise ExportError(
            f"{name}: the sheets {sheets} have the same columns, and it is not known whether the "
            f"rows of {', '.join(other)} count too; save each that counts as a file of its own, or "
            "state in platform.toml [[files]] which sheet is read",
            f"{name}：工作表 {sheets} 的列相同，无法判断 {', '.join(other)} 的行是否"
            "也要计入；请把要计入的工作表各自另存为文件，或在 platform.toml 的 "
            "[[files]] 中用 sheet 指明读取哪一张",
        )


def _require_common_headers(
    name: str,
    chosen: Sequence[_Candidate],
    matches_of: Callable[[Sequence[str]], list[HeaderMatch]],
) -> None:
    """Raise ExportError if no single mapping reads every chosen sheet."""
    header = list(dict.fromkeys(title for one in chosen for title in one.header))
    mapping: HeaderMapping = matches_of(header)[0].mapping
    lacking = [one.name for one in chosen if match_headers(one.header, mapping).missing]
    if lacking:
        raise ExportError(
            f"{name}: the sheets {', '.join(one.name for one in chosen)} hold rows of one table "
            f"under headers too different ({', '.join(lacking)} as {mapping.label} lacks columns); "
            "save each as a file of its own",
            f"{name}：工作表 {', '.join(one.name for one in chosen)} 是同一种数据，"
            f"但表头差异过大（{', '.join(lacking)} 按 {mapping.label} 读取时缺列）；"
            "请各自另存为文件",
        )


def _headerless_sheets(
    sheets: Sequence[SheetPreview], chosen: Sequence[_Candidate], matching: list[str]
) -> list[SheetPreview]:
    """Find sheets after the last chosen one that continue its rows without a header."""
    last = chosen[-1].sheet
    names = [sheet.name for sheet in sheets]
    headerless = []
    for sheet in sheets[names.index(last.name) + 1 :]:
        is_other = _NO_ROWS.search(sheet.name) or _OTHER_ROWS.search(sheet.name)
        if (
            sheet.name in matching
            or sheet.is_hidden
            or is_other
            or not continues_without_header(sheet, last)
        ):
            continue
        headerless.append(replace(sheet, header_row=0))
    return headerless


def _unread(
    sheets: Iterable[SheetPreview],
    chosen: Sequence[_Candidate | SheetPreview],
    candidates: Sequence[_Candidate],
    kind_of: Callable[[Sequence[str]], str | None],
) -> list[str]:
    """List the sheets that are not read, each with the export it looks like."""
    read = {one.name for one in chosen}
    headers = {one.name: one.header for one in candidates}
    labels = []
    for sheet in sheets:
        if sheet.name in read:
            continue
        kind = kind_of(headers.get(sheet.name, []))
        labels.append(sheet.label + (f" (looks like {kind})" if kind else ""))
    return labels
