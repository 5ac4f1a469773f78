"""Propose a mapping for headers nobody has seen: a draft a person reads, corrects and keeps.

Two kinds of evidence: how a header is spelled (against our names, labels and every alias known)
and what stands under it (a 13-digit number is a moment in milliseconds, an 11-digit one beginning
with 1 a phone). Nothing is guessed in silence: below `SURE_FROM` a header stays open, marked `?`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass

from data_contracts.mappings.fitting import normal
from data_contracts.mappings.presets import Mapping, Source, presets
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Column, Mask, Table, Type

SURE_FROM = 0.6

_NUMBER = re.compile(r"[¥￥]?[+-]?[\d,]+(\.\d+)?")
_EPOCH_MS, _EPOCH_S = re.compile(r"1[0-9]{12}"), re.compile(r"1[0-9]{9}")
_MOMENT = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}")
_PHONE = re.compile(r"(\+?86)?[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}")


@dataclass(frozen=True)
class Guess:
    """A column for a header. `confidence`: 0 to 1; `why` in words."""

    header: str
    column: str | None
    transform: Transform
    confidence: float
    why: str


@dataclass(frozen=True)
class Proposal:
    """A draft for one export: guesses by header, and the mapping of those that are sure enough."""

    table: Table
    guesses: tuple[Guess, ...]
    mapping: Mapping

    @property
    def missing(self) -> list[str]:
        return [name for name in self.table.required_names if name not in self.mapping.sources]


def propose(
    table: Table, header: Sequence[str], samples: Map[str, Sequence[str]], name: str
) -> Proposal:
    """Propose a mapping of `header` to `table`.

    `samples`: header → some of its values. A column goes to one header at most, the likeliest.
    """
    scored = [
        (score, header_name, column, why)
        for header_name in header
        for column in table.columns
        for score, why in [_score(header_name, column, samples.get(header_name, ()), table)]
        if score > 0
    ]
    taken: dict[str, Guess] = {}
    columns: set[str] = set()
    for score, header_name, column, why in sorted(
        scored, key=lambda row: (-row[0], header.index(row[1]), row[2].name)
    ):
        if header_name in taken or column.name in columns:
            continue
        transform, said = _transform(header_name, column, samples.get(header_name, ()))
        taken[header_name] = Guess(
            header_name,
            column.name,
            transform,
            round(score, 2),
            "; ".join(filter(None, (why, said))),
        )
        columns.add(column.name)
    guesses = tuple(
        taken.get(one) or Guess(one, None, Transform.AS_IS, 0.0, "nothing known looks like it")
        for one in header
    )
    sources: dict[str, tuple[Source, ...]] = {
        guess.column: (Source((guess.header,), guess.transform),)
        for guess in guesses
        if guess.column is not None and guess.confidence >= SURE_FROM
    }
    ordered = {column: sources[column] for column in table.column_names if column in sources}
    return Proposal(table, guesses, Mapping(name, "", table.name, ordered, (), "proposed"))


def _score(header: str, column: Column, values: Sequence[str], table: Table) -> tuple[float, str]:
    spelling, alias = _spelling(header, column, table)
    if spelling < 0.5:
        return 0.0, ""
    fits = _fits(column, values)
    if fits is None:
        return spelling, f"spelled like {alias}"
    if not fits:
        return (
            spelling * 0.5,
            f"spelled like {alias}, but its values do not read as {_kind(column)}",
        )
    return min(1.0, spelling + 0.1), f"spelled like {alias}, and its values read as {_kind(column)}"


def _spelling(header: str, column: Column, table: Table) -> tuple[float, str]:
    """How alike the header and the nearest name of the column are, and that name."""
    wanted = _bare(header)
    best, alias = 0.0, ""
    for name in _names(column.name, table):
        known = _bare(name)
        if not known or not wanted:
            continue
        same = difflib.SequenceMatcher(None, wanted, known).ratio()
        if known in wanted or wanted in known:
            same = max(
                same, 0.55 + 0.4 * min(len(known), len(wanted)) / max(len(known), len(wanted))
            )
        if same > best:
            best, alias = same, name
    return best, alias


def _bare(header: str) -> str:
    """The header without units and remarks in brackets."""
    return re.sub(r"\([^)]*\)", "", normal(header)) or normal(header)


def _names(column: str, table: Table) -> list[str]:
    return list(
        dict.fromkeys(
            source.headers[0].rsplit(".", 1)[-1]
            for mapping in reversed(presets())
            if mapping.export == table.name
            for source in mapping.sources.get(column, ())
            if len(source.headers) == 1
        )
    )


def _fits(column: Column, values: Sequence[str]) -> bool | None:
    """Whether most values look like the column's type; None where there is nothing to see."""
    seen = [value.strip() for value in values if value and value.strip()]
    if not seen:
        return None

    def most(pattern: re.Pattern[str]) -> bool:
        return sum(bool(pattern.match(value)) for value in seen) >= 0.8 * len(seen)

    if column.type in (Type.DATE, Type.TIMESTAMP):
        return most(_MOMENT) or most(_EPOCH_MS) or most(_EPOCH_S)
    if column.type in (Type.INTEGER, Type.REAL, Type.MONEY):
        return sum(bool(_NUMBER.fullmatch(value)) for value in seen) >= 0.8 * len(seen)
    if column.mask is Mask.PHONE:
        return most(_PHONE)
    if column.codes is not None:
        return None  # a platform has words of its own for these
    return None


def _transform(header: str, column: Column, values: Sequence[str]) -> tuple[Transform, str]:
    seen = [value.strip() for value in values if value and value.strip()]
    label = normal(header)
    if column.type in (Type.DATE, Type.TIMESTAMP) and seen:
        if all(_EPOCH_MS.fullmatch(value) for value in seen):
            return Transform.EPOCH_MS, "13 digits: milliseconds"
        if all(_EPOCH_S.fullmatch(value) for value in seen):
            return Transform.EPOCH_S, "10 digits: seconds"
    if column.type is Type.MONEY:
        if "(分)" in label or label.endswith(("fen", "cent", "cents")):
            return Transform.FEN, "its header says fen"
        if "斤)" in label:
            return Transform.PRICE_PER_JIN, "its header says per 斤"
        if seen and all(value.isdigit() and len(value) >= 3 for value in seen) and len(seen) >= 5:
            return Transform.AS_IS, "all amounts are whole and large: check whether they are fen"
    if column.type is Type.REAL:
        if label.endswith(("(斤)", "(市斤)")):
            return Transform.JIN, "its header says 斤"
        if label.endswith(("(克)", "(g)")):
            return Transform.GRAM, "its header says grams"
    return Transform.AS_IS, ""


def _kind(column: Column) -> str:
    return "a phone" if column.mask is Mask.PHONE else column.type.name.lower()
