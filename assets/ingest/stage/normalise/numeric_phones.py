"""Restore phones that were held as numbers: `13800001111.0`, `1.3800001111E10`, `13,800,001,111`.

A phone is restored only if all of its digits are known: part of a phone is somebody else's number.
Others are emptied and counted. A number written with fewer digits than it has is complete if the
column shows more digits of other numbers: a program then dropped trailing zeros (`1.380000111E10`),
while a spreadsheet shows the same number of digits for all.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch
from data_contracts.repairs import RepairKind
from data_contracts.table import Mask, Table

_LIKELY = r"[.eE,\x{FF01}-\x{FF5E}]"
_TAIL = re.compile(r"(\+?\d{5,15})\.0*")
_GROUPED = re.compile(r"\+?\d{1,3}(?:,\d{3}){2,4}(?:\.0*)?")
_SCIENTIFIC = re.compile(r"\+?(\d)(?:\.(\d*))?[eE](\+?)(\d{1,3})")
_LONGEST = 15  # digits of any phone, country code included
_ZEROS_LEFT_OUT = 3  # more trailing zeros mean a rounded number, not a phone


class NumericPhones:
    """Restores the phones of one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._headers = {
            header: column.name
            for column in table.columns
            if column.mask is Mask.PHONE
            for source in match.columns.get(column.name, ())
            for header in source.headers
        }
        # (header, style) → maximum number of digits shown
        self._shown: dict[tuple[str, str], int] = {}

    def apply(self, cells: TextBatch) -> None:
        for header, column in self._headers.items():
            texts = cells.texts(header)
            if texts is None or texts.null_count == len(texts):
                continue
            is_likely = pc.fill_null(pc.match_substring_regex(texts, _LIKELY), False)
            likely = np.flatnonzero(is_likely.to_numpy(zero_copy_only=False))
            if len(likely):
                self._read(cells, header, column, likely)

    def _read(self, cells: TextBatch, header: str, column: str, likely: np.ndarray) -> None:
        before = cells.columns[header].take(likely).to_pylist()
        plain = [unicodedata.normalize("NFKC", text).strip() for text in before]
        for text in plain:
            if scientific := _SCIENTIFIC.fullmatch(text):
                style, digits = (header, scientific[3]), len(_mantissa(scientific))
                self._shown[style] = max(self._shown.get(style, 0), digits)
        after = [self._whole(header, text) for text in plain]
        for kind, changed in (
            (
                RepairKind.PHONE_STYLE,
                [new and new != old for new, old in zip(after, before, strict=True)],
            ),
            (RepairKind.LOST_DIGITS, [new is None for new in after]),
        ):
            rows = np.array(changed, np.bool_)
            if rows.any():
                cells.put(
                    header,
                    likely[rows],
                    [new for new, is_it in zip(after, rows, strict=True) if is_it],
                )
                cells.mark(column, kind, likely[rows])

    def _whole(self, header: str, text: str) -> str | None:
        """Return the phone as whole digits; None if digits are lost."""
        if tail := _TAIL.fullmatch(text):
            return tail[1]
        if _GROUPED.fullmatch(text):
            return text.partition(".")[0].replace(",", "")
        scientific = _SCIENTIFIC.fullmatch(text)
        if scientific is None:
            return text
        digits, wanted = _mantissa(scientific), int(scientific[4]) + 1
        if wanted > _LONGEST or digits[wanted:].strip("0"):
            return None
        left_out = wanted - len(digits)
        if left_out > 0 and (
            left_out > _ZEROS_LEFT_OUT or self._shown[header, scientific[3]] < wanted
        ):
            return None
        return digits[:wanted].ljust(wanted, "0")


def _mantissa(scientific: re.Match[str]) -> str:
    return scientific[1] + (scientific[2] or "")
