"""Suggest a mapping for unknown headers: a draft for a person to correct and keep.

The evidence is the spelling of a header (compared with our names, labels and all known aliases) and
its values (13 digits are a time in milliseconds, 11 digits beginning with 1 a phone). Below
`SURE_FROM` a header stays open and is marked `?`.

Only a known header counts as sure, never one that is spelled similarly: 商品总价 differs from
商品单价 by one character, SALES_PRICE is close to a price per unit, and `State` to status.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from assets.ingest.match import mapping_wording as words
from assets.ingest.match.date_order import DateEvidence
from assets.ingest.match.match_headers import match_headers
from data_contracts.mappings.consent_headers import consent_of
from data_contracts.mappings.presets import (
    AUXILIARY,
    GENERIC,
    STATES,
    HeaderMapping,
    Source,
    presets,
)
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.transforms import Transform
from data_contracts.messages import Bilingual
from data_contracts.table import Column, Mask, Personal, Table, Type

SURE_FROM = 0.6
_ALIKE = 0.55  # confidence of a header that is only spelled like a known one
_KNOWN_TO_A_PRESET = 0.9  # but not to the generic mapping: a platform may use a word differently

_NUMBER = re.compile(r"[¥￥$£€]?[+-]?[¥￥$£€]?[\d,]+(\.\d+)?")
_EPOCH_MS, _EPOCH_S = re.compile(r"1[0-9]{12}"), re.compile(r"1[0-9]{9}")
_MOMENT = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{8}(\D|$)|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})(\D|$)"
    r"|(\w{3,9},? )?\d{1,2}[- ][A-Za-z]{3,9}[- ]\d{4}|[A-Za-z]{3,9} \d{1,2}, \d{4}"
)
_PHONE = re.compile(r"'?(\+?86)?[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}")
_UNIT_REMARK = re.compile(r"\((元|¥|rmb|cny|yuan|分|件|份|个|斤|市斤|元/斤|克|g|kg|秒|天)\)")


@dataclass(frozen=True)
class ColumnGuess:
    """The column suggested for a header. `confidence`: 0 to 1; `why`: the reason in words."""

    header: str
    column: str | None
    transform: Transform
    confidence: float
    why: Bilingual


@dataclass(frozen=True)
class SuggestedMapping:
    """A draft for one export: a guess per header, and the mapping of those that are sure enough."""

    table: Table
    guesses: tuple[ColumnGuess, ...]
    mapping: HeaderMapping

    @property
    def missing(self) -> list[str]:
        """Required columns that the draft neither reads nor derives."""
        headers = [h for s in self.mapping.sources.values() for one in s for h in one.headers]
        return list(match_headers(headers, self.mapping).missing)

    @property
    def derived(self) -> tuple[str, ...]:
        """Columns derived from others."""
        headers = [h for s in self.mapping.sources.values() for one in s for h in one.headers]
        return match_headers(headers, self.mapping).derived


def suggest_mapping(
    table: Table,
    header: Sequence[str],
    samples: Mapping[str, Sequence[str]],
    name: str,
    looks: Mapping[str, DateEvidence] | None = None,
) -> SuggestedMapping:
    """Suggest a mapping of `header` to `table`.

    `samples`: header → some of its values. `looks`: header → evidence of its date order. Each
    column goes to at most one header, the likeliest.
    """
    generic = next(m for m in presets() if m.export == table.name and m.preset == GENERIC)
    read = match_headers(header, generic).columns
    excluded = {normal(one): note for one, note in generic.excluded_headers}
    foreign = {one: excluded[normal(one)] for one in header if normal(one) in excluded}
    sources = {name: read[name] for name in (*AUXILIARY, *STATES) if name in read}
    taken = {
        one.headers[0]: ColumnGuess(
            one.headers[0],
            name,
            one.transform,
            1.0,
            words.OF_STATUS if name in STATES else words.OF_ORDER,
        )
        for name, of_column in reversed(sources.items())
        for one in of_column
    }
    taken |= _consent(table, header)
    scored = [
        (score, place, header_name, column, why)
        for header_name in header
        if header_name not in {*foreign, *taken}
        for column in table.columns
        for score, place, why in [_score(header_name, column, samples.get(header_name, ()), table)]
        if score > 0
    ]
    columns: set[str] = {str(guess.column) for guess in taken.values()}
    for score, _, header_name, column, why in sorted(
        scored, key=lambda row: (-row[0], row[1], header.index(row[2]), row[3].name)
    ):
        if header_name in taken or column.name in columns:
            continue
        evidence = (looks or {}).get(header_name)
        transform, reason = _transform(header_name, column, samples.get(header_name, ()), evidence)
        if _is_undecided(column, evidence):
            score = min(score, _ALIKE)
        taken[header_name] = ColumnGuess(
            header_name,
            column.name,
            transform,
            round(score, 2),
            words.join_parts(why, reason),
        )
        columns.add(column.name)
    guesses = tuple(taken.get(one) or _open(one, foreign.get(one)) for one in header)
    sources |= {
        guess.column: (Source((guess.header,), guess.transform),)
        for guess in guesses
        if guess.column in table.column_names and guess.confidence >= SURE_FROM
    }
    guesses = _with_clock(table, read, guesses, sources)
    ordered = {
        column: sources[column]
        for column in (*table.column_names, *AUXILIARY, *STATES)
        if column in sources
    }
    return SuggestedMapping(
        table, guesses, HeaderMapping(name, "", table.name, ordered, (), "proposed")
    )


def _open(header: str, reason: str | None) -> ColumnGuess:
    return ColumnGuess(header, None, Transform.AS_IS, 0.0, words.excluded_header(reason))


def _with_clock(
    table: Table,
    read: Mapping[str, tuple[Source, ...]],
    guesses: tuple[ColumnGuess, ...],
    sources: dict[str, tuple[Source, ...]],
) -> tuple[ColumnGuess, ...]:
    """Join date and time of a timestamp in two cells, where the pair of headers is known."""
    for column, (one, *_) in read.items():
        if one.transform is not Transform.DATE_AND_TIME or column not in table.column_names:
            continue
        order = next((g.transform for g in guesses if g.header == one.headers[0]), Transform.AS_IS)
        joined = one.transform if order is Transform.AS_IS else order
        undecided = any(
            guess.header in one.headers and guess.column and guess.confidence == _ALIKE
            for guess in guesses
        )
        if undecided:
            continue
        sources[column] = (Source(one.headers, joined),)
        parts = " + ".join(one.headers)
        why = Bilingual(f"day and clock of one moment: {parts}", f"同一时刻的日期与钟点：{parts}")
        guesses = tuple(
            ColumnGuess(guess.header, column, joined, 1.0, why)
            if guess.header in one.headers
            else guess
            for guess in guesses
        )
    return guesses


def _score(
    header: str, column: Column, values: Sequence[str], table: Table
) -> tuple[float, int, Bilingual]:
    """Score a header for a column: confidence, rank of the alias it matches, and the reason."""
    spelling, place, alias = _spelling(header, column.name, table)
    if spelling < 0.5:
        return 0.0, place, words.NOTHING
    if column.personal is Personal.IDENTIFIER and _most(_PHONE, values):
        return 0.0, place, words.NOTHING  # a phone is no user id
    is_known = spelling > _ALIKE
    reason = words.known_as(alias) if is_known else words.spelled_like(alias)
    fits = _fits(column, values)
    if fits is None:
        return spelling, place, reason
    if not fits:
        return spelling * 0.5, place, words.values_do_not_fit(reason, column)
    is_moment = column.type in (Type.DATE, Type.TIMESTAMP)
    if not is_known and is_moment and _bare(alias).startswith(_bare(header)):
        spelling = SURE_FROM + 0.1  # 下单 over moments is 下单时间
    return spelling, place, words.values_fit(reason, column)


def _spelling(header: str, column: str, table: Table) -> tuple[float, int, str]:
    """Compare a header with a column's names: confidence, rank of the closest name, the name."""
    wanted = {normal(header), _bare(header)}
    names = _names(column, table.name)
    for place, (spelled, name, sure) in enumerate(names):
        if spelled in wanted:
            return sure, place, name
    best, alias = 0.0, ""
    bare = _bare(header)
    for spelled, name, _ in names:
        same = difflib.SequenceMatcher(None, bare, spelled).ratio()
        if spelled in bare or bare in spelled:
            same = max(same, 0.5 + min(len(spelled), len(bare)) / max(len(spelled), len(bare)) / 2)
        if same > best:
            best, alias = same, name
    return min(best * _ALIKE / 0.75, _ALIKE), len(names), alias


def _bare(header: str) -> str:
    """Strip a unit in brackets from the header."""
    return _UNIT_REMARK.sub("", normal(header)) or normal(header)


@cache
def _names(column: str, export: str) -> tuple[tuple[str, str, float], ...]:
    """List the names of a column: normalised, as written, and the confidence each gives."""
    by_spelling: dict[str, tuple[str, float]] = {}
    ours = [mapping for mapping in presets() if mapping.export == export]
    for mapping in sorted(ours, key=lambda one: one.preset != GENERIC):
        is_generic = mapping.preset == GENERIC
        if not is_generic and column == "line_id":
            continue  # platforms without line numbers use the product's id
        for source in mapping.sources.get(column, ()):
            name = source.headers[0]
            if len(source.headers) != 1 or "." in name:
                continue  # a path in JSON means nothing in other files
            by_spelling.setdefault(normal(name), (name, 1.0 if is_generic else _KNOWN_TO_A_PRESET))
            by_spelling.setdefault(_bare(name), (name, 1.0 if is_generic else _KNOWN_TO_A_PRESET))
    return tuple((spelled, name, sure) for spelled, (name, sure) in by_spelling.items())


def _most(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    """Decide whether at least 80 % of the non-empty values match from their beginning."""
    seen = [value.strip() for value in values if value and value.strip()]
    return bool(seen) and sum(bool(pattern.match(value)) for value in seen) >= 0.8 * len(seen)


def _fits(column: Column, values: Sequence[str]) -> bool | None:
    """Decide whether most values look like the column's type; None if there are no values."""
    seen = [value.strip() for value in values if value and value.strip()]
    if not seen:
        return None
    if column.type in (Type.DATE, Type.TIMESTAMP):
        return any(_most(pattern, seen) for pattern in (_MOMENT, _EPOCH_MS, _EPOCH_S))
    if column.type in (Type.INTEGER, Type.REAL, Type.MONEY):
        return sum(bool(_NUMBER.fullmatch(value)) for value in seen) >= 0.8 * len(seen)
    if column.mask is Mask.PHONE:
        return _most(_PHONE, seen)
    return None  # ids and names may be anything, and platforms have their own words for codes


def _is_undecided(column: Column, evidence: DateEvidence | None) -> bool:
    is_moment = column.type in (Type.DATE, Type.TIMESTAMP)
    return is_moment and evidence is not None and evidence.year_last > 0 and evidence.order is None


def _consent(table: Table, header: Sequence[str]) -> dict[str, ColumnGuess]:
    """Suggest the first header that says who refused or agreed; others need no mapping."""
    column = next((one.name for one in table.columns if one.doubt is not None), None)
    for name in header if column is not None else ():
        meaning = consent_of(name, table)
        if column is not None and meaning is not None and meaning.transform is not None:
            return {name: ColumnGuess(name, column, meaning.transform, 1.0, words.OF_CONSENT)}
    return {}


def _transform(
    header: str, column: Column, values: Sequence[str], evidence: DateEvidence | None
) -> tuple[Transform, Bilingual]:
    seen = [value.strip() for value in values if value and value.strip()]
    label = normal(header)
    if column.type in (Type.DATE, Type.TIMESTAMP) and seen:
        if all(_EPOCH_MS.fullmatch(value) for value in seen):
            return Transform.EPOCH_MS, words.MILLISECONDS
        if all(_EPOCH_S.fullmatch(value) for value in seen):
            return Transform.EPOCH_S, words.SECONDS
        if evidence is not None and evidence.year_last:
            if evidence.order is not None:
                return evidence.order, Bilingual(evidence.description, evidence.description_zh)
            return Transform.AS_IS, words.ambiguous_dates(evidence, column)
    if column.type is Type.MONEY:
        if "(分)" in label or label.endswith(("fen", "cent", "cents")):
            return Transform.FEN, words.FEN
        if "斤)" in label:
            return Transform.PRICE_PER_JIN, words.PER_JIN
        if seen and all(value.isdigit() and len(value) >= 3 for value in seen) and len(seen) >= 5:
            return Transform.AS_IS, words.PERHAPS_FEN
    if column.type is Type.REAL:
        if label.endswith(("(斤)", "(市斤)")):
            return Transform.JIN, words.JIN
        if label.endswith(("(克)", "(g)")):
            return Transform.GRAM, words.GRAMS
    return Transform.AS_IS, words.NOTHING
