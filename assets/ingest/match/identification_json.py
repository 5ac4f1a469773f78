"""Write how a file is read as JSON, and read it back, so that it need not be opened again.

Not here: when a stored identification still holds (`identified_files.py`). A mapping is stored as
its place among all mappings, so the JSON is valid only for the mappings it was written with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from assets.ingest.match.identify_file import IdentifiedFile
from assets.ingest.match.match_headers import HeaderMatch
from assets.resources.readers.file_format import Container, FileFormat, SheetPart
from assets.resources.readers.file_index import InboxFile
from data_contracts.exports import BY_NAME
from data_contracts.mappings.presets import CodeRule, HeaderMapping, Source
from data_contracts.mappings.transforms import Transform
from data_contracts.messages import Bilingual


def identification_to_json(source: IdentifiedFile, mappings: Sequence[HeaderMapping]) -> str:
    """Write everything of `source` except the file itself; `mappings`: all of them, in order."""
    match, form = source.match, source.format
    place = next(n for n, mapping in enumerate(mappings) if mapping is match.mapping)
    content = {
        "export": source.table.name,
        "mapping": place,
        "columns": {
            name: [[list(one.headers), one.transform.value] for one in sources]
            for name, sources in match.columns.items()
        },
        "codes": [[rule.column, list(rule.headers), rule.value, rule.code] for rule in match.codes],
        "missing": match.missing,
        "unused_headers": match.unused_headers,
        "share": match.share,
        "derived": match.derived,
        "equals": source.equals,
        "repeats": source.repeats,
        "decimal": source.decimal,
        "format": {
            "container": form.container.value,
            "gzipped": form.gzipped,
            "encoding": form.encoding,
            "delimiter": form.delimiter,
            "sheet": form.sheet,
            "header_row": form.header_row,
            "trailing": form.trailing,
            "parts": [[part.sheet, part.header_row] for part in form.parts],
            "unread": _texts(form.unread),
            "evidence": _texts(form.evidence),
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def identification_from_json(
    text: str, file: InboxFile, mappings: Sequence[HeaderMapping]
) -> IdentifiedFile:
    """Read what `identification_to_json` wrote for `file` with the same `mappings`."""
    content = json.loads(text)
    form = content["format"]
    format_ = FileFormat(
        **form
        | {
            "container": Container(form["container"]),
            "parts": tuple(SheetPart(sheet, row) for sheet, row in form["parts"]),
            "unread": _messages(form["unread"]),
            "evidence": _messages(form["evidence"]),
        }
    )
    match = HeaderMatch(
        mapping=mappings[content["mapping"]],
        columns={
            name: tuple(Source(tuple(headers), Transform(how)) for headers, how in sources)
            for name, sources in content["columns"].items()
        },
        codes=tuple(
            CodeRule(column, tuple(headers), value, code)
            for column, headers, value, code in content["codes"]
        ),
        missing=tuple(content["missing"]),
        unused_headers=tuple(content["unused_headers"]),
        share=content["share"],
        derived=tuple(content["derived"]),
    )
    return IdentifiedFile(
        file,
        BY_NAME[content["export"]],
        format_,
        match,
        tuple(content["equals"]),
        content["repeats"],
        content["decimal"],
    )


def _texts(messages: Iterable[str]) -> list[Any]:
    """Write messages; one with a Chinese translation becomes a pair."""
    return [[str(one), one.zh] if isinstance(one, Bilingual) else one for one in messages]


def _messages(texts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(Bilingual(*one) if isinstance(one, list) else one for one in texts)
