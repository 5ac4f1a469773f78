"""Fit the headers of a file to mappings: what maps to what, what is missing, what is left over.

The order of columns never matters; a dropped optional column leaves its column empty. Headers are
compared without case, width, spaces and the kind of brackets.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from data_contracts.exports import BY_NAME
from data_contracts.mappings.presets import (
    ANY_HEADER,
    AUXILIARY,
    GENERIC,
    CodeRule,
    Mapping,
    Source,
    presets,
)
from data_contracts.table import Table

_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\u00a0\u3000_-"))


@dataclass(frozen=True)
class Fit:
    """A mapping on one file: only what stands in the file, headers as they stand there.

    `share`: headers something is read from ÷ headers of the file.
    """

    mapping: Mapping
    columns: dict[str, tuple[Source, ...]]
    codes: tuple[CodeRule, ...]
    missing: tuple[str, ...]
    unused_headers: tuple[str, ...]
    share: float


def normal(header: str) -> str:
    """What two spellings of a header have in common."""
    text = unicodedata.normalize("NFKC", header).casefold().translate(_UNSEEN)
    return text.replace("【", "(").replace("】", ")").replace("[", "(").replace("]", ")")


def fit(header: Sequence[str], mapping: Mapping) -> Fit:
    """What `mapping` makes of `header`."""
    standing = {normal(name): name for name in reversed(header)}
    table = BY_NAME[mapping.export]
    columns: dict[str, tuple[Source, ...]] = {}
    for column in (*table.column_names, *AUXILIARY):
        found = []
        for source in mapping.sources.get(column, ()):
            names = [standing.get(normal(name)) for name in source.headers]
            if all(name is not None for name in names):
                found.append(Source(tuple(str(name) for name in names), source.transform))
        if found:
            columns[column] = tuple(dict.fromkeys(found))
    codes = [
        CodeRule(rule.column, standing[normal(rule.header)], rule.value, rule.code)
        for rule in mapping.codes
        if normal(rule.header) in standing
    ]
    codes += _translations(columns, mapping, table)
    used = {name for sources in columns.values() for source in sources for name in source.headers}
    used |= {rule.header for rule in codes}
    coded = {rule.column for rule in codes}
    missing = tuple(
        name for name in table.required_names if name not in columns and name not in coded
    )
    unused = tuple(name for name in header if name not in used)
    return Fit(mapping, columns, tuple(codes), missing, unused, len(used) / max(len(header), 1))


def _translations(
    columns: dict[str, tuple[Source, ...]], mapping: Mapping, table: Table
) -> list[CodeRule]:
    """Translations that hold under any header: the mapping's own, and our Chinese labels."""
    found = []
    for column in table.columns:
        if column.codes is None:
            continue
        words = [
            (rule.value, rule.code)
            for rule in mapping.codes
            if rule.column == column.name and rule.header == ANY_HEADER
        ]
        words += [(member.zh, member.value) for member in column.codes]
        headers = [
            source.headers[0] for source in columns.get(column.name, ()) if len(source.headers) == 1
        ]
        found += [
            CodeRule(column.name, header, word, code) for header in headers for word, code in words
        ]
    return found


def best_fits(
    header: Sequence[str],
    *,
    export: str | None = None,
    preset: str | None = None,
    extra: Sequence[Mapping] = (),
) -> list[Fit]:
    """Fits that read anything at all, best first.

    A platform's own mappings (`extra`) come before presets, named presets before the generic one;
    before that: nothing required missing, then more of the headers read, then more columns filled.
    """
    own = {id(mapping) for mapping in extra}
    fits = [
        fit(header, mapping)
        for mapping in (*extra, *presets())
        if (export is None or mapping.export == export)
        and (preset is None or preset in (mapping.preset, mapping.label))
    ]
    fits = [found for found in fits if found.columns]
    return sorted(
        fits,
        key=lambda found: (
            bool(found.missing),
            id(found.mapping) not in own,
            -round(found.share, 6),
            found.mapping.preset == GENERIC,
            -len(found.columns),
            found.mapping.label,
            found.mapping.export,
        ),
    )


def hint(column: str, header: Sequence[str], mapping: Mapping) -> str | None:
    """The header of the file that looks most like one of `column`, or None."""
    names = [name for source in mapping.sources.get(column, ()) for name in source.headers]
    spelled = {normal(name): name for name in header}
    for name in names:
        near = difflib.get_close_matches(normal(name), spelled, n=1, cutoff=0.6)
        if near:
            return spelled[near[0]]
    return None
