"""Find the date order of a file's columns, or reject the file with the words to state it.

A file whose dates end in the year is rejected before it is read, because all of its rows would be
quarantined: `03/04/2026` may be two days. A two-digit year in front is accepted where the values
leave no doubt.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import closing

import pyarrow as pa

from assets.ingest.match.date_order import DateEvidence, date_evidence
from assets.ingest.match.match_headers import HeaderMatch, with_date_order
from assets.resources.readers.file_format import FileFormat
from assets.resources.readers.file_index import InboxFile
from assets.resources.readers.open_rows import open_rows
from data_contracts.errors import ExportError
from data_contracts.exports import BY_NAME
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Type

SAMPLED_VALUES = 100_000  # values of a column: a few days of one month would show nothing
GLANCE_VALUES = 50


def sample_dates(
    file: InboxFile, format_: FileFormat, headers: Sequence[str], *, limit: int = SAMPLED_VALUES
) -> dict[str, DateEvidence]:
    """Collect evidence from the first `limit` texts under each of `headers`."""
    texts: dict[str, list[str]] = {header: [] for header in headers}
    with closing(open_rows(file.path, format_, name=file.name)) as rows:
        for batch in rows.reader(list(headers)):
            for header, dates in texts.items():
                column = batch.column(header)
                if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
                    continue
                wanted = column.drop_null().slice(0, limit - len(dates))
                dates += wanted.to_pylist()
            if all(len(dates) >= limit for dates in texts.values()):
                break
    return {header: date_evidence(dates) for header, dates in texts.items()}


def with_sniffed_dates(file: InboxFile, format_: FileFormat, match: HeaderMatch) -> HeaderMatch:
    """Read dates with a two-digit year in front as year first, where their values show it.

    Raises ExportError when required dates end in the year and nothing states their order.
    """
    table = BY_NAME[match.mapping.export]
    dated = {c.name: c.required for c in table.columns if c.type in (Type.DATE, Type.TIMESTAMP)}
    unsaid = {
        name: sources[0].headers[0]
        for name, sources in match.columns.items()
        if name in dated and sources[0].transform in (Transform.AS_IS, Transform.DATE_AND_TIME)
    }
    if not unsaid:
        return match
    glance = sample_dates(file, format_, list(dict.fromkeys(unsaid.values())), limit=GLANCE_VALUES)
    for name, header in unsaid.items():
        if not glance[header].is_mostly_year_last:
            continue
        evidence = sample_dates(file, format_, [header])[header]
        if evidence.is_year_first:
            match = with_date_order(match, Transform.YEAR_FIRST, only=(name,))
        elif dated[name]:
            raise ExportError(*unstated_dates(file, table.name, name, header, evidence))
    return match


def unstated_dates(
    file: InboxFile, export: str, column: str, header: str, evidence: DateEvidence
) -> tuple[str, str]:
    """Write, in one line, what to do about dates without a stated order."""
    is_short = bool(evidence.spans)
    begun = f"{file.name}: the dates under {header} ({column}) " + (
        "have a year of two digits" if is_short else "end in the year"
    )
    begun_zh = f"{file.name}：{header}（{column}）列的日期" + (
        "年份只有两位" if is_short else "把年份写在最后"
    )
    if evidence.is_mixed:
        return (
            f"{begun} and are {evidence.description}; export them with the year first, as "
            "2026-12-31",
            f"{begun_zh}，且{evidence.description_zh}；请以年份在前重新导出，如 2026-12-31",
        )
    mapped = f"linli map {shlex.quote(str(file.path))} --export {export}"
    orders = [evidence.order] if evidence.order else list(evidence.possible)
    stated = [f'dates = "{order.value}"' for order in orders]
    named = f'[[files]], name = "{file.name.rsplit("/", 1)[-1]}"'
    statement = f"write in platform.toml: {named}, {' or '.join(stated)}"
    statement_zh = f"请在 platform.toml 中写明：{named}, {' 或 '.join(stated)}"
    if evidence.order is None:
        return (
            f"{begun} and could be {evidence.description}; you know which: {statement}",
            f"{begun_zh}，可能是{evidence.description_zh}；由您判断，{statement_zh}",
        )
    return (
        f"{begun} and are {evidence.description}; say so with: {mapped} (or {statement})",
        f"{begun_zh}，且{evidence.description_zh}；请运行 {mapped} 说明（或{statement_zh}）",
    )
