"""Search words for refusals under headers that do not concern consent.

The cell is replaced by the answer: `true` for a refusal, `false` where one is withdrawn, else
empty, because a word such as 正常 or VIP must never be taken for a refusal. Refusals are counted by
header. A column of replies with only Y and N, or T and F, says whether there was a reply.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch
from data_contracts.mappings.consent import Says, refuses
from data_contracts.mappings.spelling import normal
from data_contracts.mappings.transforms import IN_WORDS
from data_contracts.repairs import RepairKind

REFUSED, TAKEN_BACK = "true", "false"
_WHETHER = ({"y", "n"}, {"t", "f"})
_ANSWERS = {True: REFUSED, False: TAKEN_BACK, None: None}


class RefusalAnswers:
    """Replaces the words of one file by answers."""

    def __init__(self, match: HeaderMatch) -> None:
        self._kinds = {
            source.headers[0]: Says.by(source.transform)
            for sources in match.columns.values()
            for source in sources
            if source.transform in IN_WORDS
        }

    @property
    def headers(self) -> frozenset[str]:
        """Headers whose cells may hold several words."""
        return frozenset(self._kinds)

    def apply(self, cells: TextBatch) -> None:
        for header, kind in self._kinds.items():
            column = cells.columns[header]
            if not pa.types.is_string(column.type):  # numbers are no words
                cells.columns[header] = pa.nulls(len(column), column.type)
                continue
            encoded = column.dictionary_encode()
            words = encoded.dictionary.to_pylist()
            if kind is Says.IN_REPLY and not column.null_count and _are_flags(words):
                words = [""] * len(words)
            answers = [_answer(word, kind) for word in words]
            answered = pc.take(pa.array(answers, pa.string()), encoded.indices)
            cells.columns[header] = answered
            rows = np.flatnonzero(pc.fill_null(pc.equal(answered, REFUSED), False))
            if len(rows):
                cells.mark(normal(header), RepairKind.REFUSAL_WORD, rows)


def _are_flags(words: list[str]) -> bool:
    return {word.strip().casefold() for word in words} in _WHETHER


def _answer(word: str, kind: Says) -> str | None:
    return _ANSWERS[refuses(unicodedata.normalize("NFKC", word), kind)]
