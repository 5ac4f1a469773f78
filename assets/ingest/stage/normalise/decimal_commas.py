"""Read commas in numbers as decimals (`0,500`, `1.234,50`) or thousands (`1,234`).

Most forms are unambiguous. `1,250` is not; its meaning in a column is decided by, in this order:
`platform.toml`, the other cells of the column, quantity × price = amount paid, the other columns of
the file. Decimals are rewritten with a point; thousands are left to casting. If nothing decides,
the file is rejected with a question, because one reading is a thousand times the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, text_offsets
from data_contracts.errors import ExportError
from data_contracts.repairs import RepairKind
from data_contracts.table import Table, Type

_OTHER_WAY = ("and earlier cells were read the other way", "而前面的单元格是按另一种读的")
_NOT_SAID = ("and nothing in the file says which", "而文件中没有任何依据")


class Comma(Enum):
    """The meaning of a comma."""

    DECIMAL = ","
    THOUSANDS = "."


COMMA, WIDE_SIGN = 0x2C, 0xEF  # the first byte of full-width signs
_NUMBERS = (Type.INTEGER, Type.REAL, Type.MONEY)
_DRESS = re.compile(r"^'?([+-]?)(?:¥|RMB|CNY|\$|£|€)|(?:元|块|圆|yuan|€)$", re.IGNORECASE)
_SURE_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d*|(?:,\d{3}){2,})")
_SURE_DECIMAL = re.compile(r"[+-]?(?:0+,\d+|\d+,(?:\d{1,2}|\d{4,})|\d{4,},\d{3})")
_BOTH_SIGNS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_POINT_DECIMAL = re.compile(r"[+-]?\d+\.\d{1,2}")
# In files with decimal commas, this may be 1234 or 1.234.
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
# quantity × price = amount paid, perhaps less the coupon
_PRODUCT = ("quantity_units", "unit_price_yuan", "paid_amount_yuan", "coupon_yuan")
_SAMPLED_ROWS = 2_000  # rows used to test the product
_NEAR_YUAN = 0.0101
_PROVED_SHARE = 0.6


@dataclass
class _State:
    """What is known about one column.

    `sure`: meanings that unambiguous cells have. `is_assumed`: whether ambiguous cells were read as
    other columns suggest.
    """

    name: str
    kind: Type
    meaning: Comma | None = None
    sure: dict[Comma, str] = field(default_factory=dict)
    is_assumed: bool = False

    @property
    def is_mixed(self) -> bool:
        return len(self.sure) > 1


class DecimalCommas:
    """Reads the commas in one file of `table`.

    `stated`: the decimal sign as a person stated it. `separator`: of the file's cells. `fail`:
    builds the error that stops the stream.
    """

    def __init__(
        self,
        table: Table,
        match: HeaderMatch,
        *,
        stated: str | None,
        separator: str | None,
        fail: Callable[[str, str], ExportError],
    ) -> None:
        self._stated = Comma(stated) if stated else None
        self._separator = separator
        self._fail = fail
        self._columns = {
            header: _State(column.name, column.type)
            for header, column, is_alone in read_columns(table, match)
            if is_alone and column.type in _NUMBERS
        }
        single = {name: one[0] for name, one in match.columns.items() if len(one) == 1}
        self._product = [
            single[name].headers[0]
            for name in _PRODUCT
            if name in single and single[name].headers[0] in self._columns
        ]
        self._has_product = set(_PRODUCT[:3]) <= set(single)

    def apply(self, cells: TextBatch) -> None:
        with_comma = {
            header: rows for header in self._columns if len(rows := _rows_with_comma(cells, header))
        }
        if with_comma:
            self._read(cells, with_comma)
        is_decimal = any(state.meaning is Comma.DECIMAL for state in self._columns.values())
        for header, state in self._columns.items():
            if state.meaning is Comma.DECIMAL or (
                is_decimal and state.meaning is None and not self._is_proved(header, cells)
            ):
                _doubt_points(cells, header, but_for=with_comma.get(header))

    def _read(self, cells: TextBatch, with_comma: Mapping[str, np.ndarray]) -> None:
        """Read the cells with a comma; `with_comma`: their rows by header."""
        texts = {
            header: np.array(cells.columns[header].take(pa.array(rows)).to_pylist(), object)
            for header, rows in with_comma.items()
        }
        for header, some in texts.items():
            self._note(header, some)
        for header in with_comma:
            state = self._columns[header]
            if state.meaning is None and any(
                _EITHER.fullmatch(bare(text)) for text in texts[header]
            ):
                state.meaning, state.is_assumed = self._decided(header, cells, texts[header])
        for header, rows in with_comma.items():
            self._write(cells, header, rows, texts[header])

    # -- deciding --------------------------------------------------------------------------------

    def _note(self, header: str, texts: np.ndarray) -> None:
        """Record the meaning of unambiguous cells; raise ExportError if one comes too late."""
        state = self._columns[header]
        for text in dict.fromkeys(texts):
            one = sure_meaning(bare(text))
            if one is None or one in state.sure:
                continue
            state.sure[one] = text
            if state.is_assumed and one is not state.meaning:
                raise self._question(header, text, _OTHER_WAY)
            if state.meaning is None and self._stated is None:
                state.meaning = one
        if self._stated is not None:
            state.meaning = self._stated

    def _decided(self, header: str, cells: TextBatch, texts: np.ndarray) -> tuple[Comma, bool]:
        """Decide what a comma under `header` means, and whether only other columns say so."""
        proved = self._by_product(header, cells)
        if proved is not None:
            return proved, False
        others = {
            one for name, state in self._columns.items() if name != header for one in state.sure
        }
        if len(others) == 1:
            return others.pop(), True
        if self._columns[header].kind is Type.INTEGER or (
            not others and self._has_points(cells, header)
        ):
            return Comma.THOUSANDS, True
        example = next(text for text in texts if _EITHER.fullmatch(bare(text)))
        if self._separator == ";" or not self._has_small(cells, header):
            raise self._question(header, example, _NOT_SAID)
        return Comma.THOUSANDS, True

    def _has_points(self, cells: TextBatch, header: str) -> bool:
        """Whether any number of the batch has decimals after a point."""
        return any(
            _POINT_DECIMAL.fullmatch(text)
            for name in self._columns
            for text in _distinct(cells, name)
        )

    def _has_small(self, cells: TextBatch, header: str) -> bool:
        """Whether the column has numbers below a thousand, which have no thousands separator."""
        return any(text.isdigit() and len(text) <= 3 for text in _distinct(cells, header))

    def _by_product(self, header: str, cells: TextBatch) -> Comma | None:
        """Return the meaning for which quantity × price = amount paid, if only one fits."""
        if not self._has_product or header not in self._product:
            return None
        columns = {name: cells.columns[name] for name in self._product}
        if not all(pa.types.is_string(column.type) for column in columns.values()):
            return None
        either = [
            name
            for name in columns
            if self._columns[name].meaning is None or self._columns[name].is_assumed
        ]
        rows = _rows_with_comma(cells, header)[:_SAMPLED_ROWS]
        whole = [
            [bare(text) if text else "" for text in column.take(pa.array(rows)).to_pylist()]
            for column in columns.values()
        ]
        hits: dict[tuple[Comma, ...], int] = {}
        for meanings in product(Comma, repeat=len(either)):
            meaning_of = {
                name: state.meaning for name, state in self._columns.items() if state.meaning
            }
            meaning_of |= dict(zip(either, meanings, strict=True))
            hits[meanings] = sum(
                _multiplies(
                    [_number(t, meaning_of.get(n)) for n, t in zip(columns, row, strict=True)]
                )
                for row in zip(*whole, strict=True)
            )
        most = max(hits.values())
        if not most or most < _PROVED_SHARE * len(rows):
            return None
        place = either.index(header)
        agreed = {meanings[place] for meanings, count in hits.items() if count == most}
        return agreed.pop() if len(agreed) == 1 else None

    def _is_proved(self, header: str, cells: TextBatch) -> bool:
        """Whether quantity × price = amount paid with the points of a column read as decimal
        points.
        """
        columns = [cells.texts(name) for name in self._product]
        if not self._has_product or header not in self._product:
            return False
        if any(column is None for column in columns):
            return False
        points = pc.match_substring_regex(cells.columns[header], f"^{_POINT_GROUPS.pattern}$")
        rows = pa.array(np.flatnonzero(pc.fill_null(points, False))[:_SAMPLED_ROWS])
        whole = [column.take(rows).to_pylist() for column in columns if column is not None]
        hits = sum(
            _multiplies([_number(bare(text), None) if text else None for text in row])
            for row in zip(*whole, strict=True)
        )
        return hits >= _PROVED_SHARE * len(rows)

    def _question(self, header: str, text: str, why: tuple[str, str]) -> ExportError:
        low, high = bare(text).replace(",", "."), bare(text).replace(",", "")
        return self._fail(
            f"{text!r} under {header} may be {low} or {high}, {why[0]}; write in platform.toml "
            '[[files]] decimal = "," (a comma before decimals) or decimal = "." (between '
            "thousands)",
            f"{header} 列的 {text!r} 可能是 {low}，也可能是 {high}，{why[1]}；请在 "
            "platform.toml 的 "
            '[[files]] 中写明 decimal = ","（逗号为小数点）或 decimal = "."（逗号为千分位）',
        )

    # -- writing ---------------------------------------------------------------------------------

    def _write(self, cells: TextBatch, header: str, rows: np.ndarray, texts: np.ndarray) -> None:
        state = self._columns[header]
        written: Mapping[str, str | None] = {
            text: _written(text, state) for text in dict.fromkeys(texts)
        }
        changed = np.array([written[text] is not None for text in texts], bool)
        if not changed.any():
            return
        made = [str(written[text]) for text in texts[changed]]
        cells.put(header, rows[changed], list(made))
        decimal = np.array([not text.endswith("?") for text in made], bool)
        if decimal.any():
            cells.mark(state.name, RepairKind.DECIMAL_COMMA, rows[changed][decimal])


def bare(text: str) -> str:
    """Strip spaces, currency and full-width signs from a number."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return _DRESS.sub(r"\1", _DRESS.sub(r"\1", plain))


def sure_meaning(text: str) -> Comma | None:
    """Return what the comma of a bare number means by its form alone, or None.

    >>> [sure_meaning(t) for t in ("1,234.50", "0,500", "1.234,50")]
    [<Comma.THOUSANDS: '.'>, <Comma.DECIMAL: ','>, <Comma.DECIMAL: ','>]
    >>> sure_meaning("1,250") is None and sure_meaning("kg") is None
    True
    """
    if _SURE_THOUSANDS.fullmatch(text):
        return Comma.THOUSANDS
    if _SURE_DECIMAL.fullmatch(text) or _BOTH_SIGNS.fullmatch(text):
        return Comma.DECIMAL
    return None


def _written(text: str, state: _State) -> str | None:
    """Return the rewritten cell, or None if it stays unchanged."""
    plain = bare(text)
    form = sure_meaning(plain)
    is_either = _EITHER.fullmatch(plain) is not None
    if form is None and not is_either:
        return None
    if _BOTH_SIGNS.fullmatch(plain):
        return plain.replace(".", "").replace(",", ".")
    if state.is_mixed and "." not in plain:
        return f"{text} ?"  # no longer a number, so the row is quarantined
    meaning = form or state.meaning
    return plain.replace(",", ".") if meaning is Comma.DECIMAL else None


def _number(text: str, meaning: Comma | None) -> float | None:
    if "," in text:
        meaning = sure_meaning(text) or meaning
        if meaning is Comma.DECIMAL:
            text = text.replace(".", "").replace(",", ".")
        else:
            text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        return None


def _multiplies(numbers: list[float | None]) -> bool:
    """Whether quantity × price, perhaps less a coupon, is the amount paid."""
    quantity, price, paid, *coupon = numbers
    if quantity is None or price is None or paid is None or not paid:
        return False
    gross = quantity * price
    near = _NEAR_YUAN + 1e-6 * abs(paid)
    return any(abs(gross - off - paid) <= near for off in (0.0, *(c for c in coupon if c)))


def _rows_with_comma(cells: TextBatch, header: str) -> np.ndarray:
    """Return rows whose text under `header` has a comma, half- or full-width."""
    texts = cells.texts(header)
    if texts is None:
        return np.empty(0, np.int64)
    ends, content = text_offsets(texts)
    places = np.flatnonzero((content == COMMA) | (content == WIDE_SIGN))
    if not len(places):
        return places
    rows = np.unique(np.searchsorted(ends, places, side="right") - 1)
    with_signs = texts.take(pa.array(rows)).to_pylist()
    return rows[[text is not None and ("," in text or "，" in text) for text in with_signs]]


def _doubt_points(cells: TextBatch, header: str, but_for: np.ndarray | None) -> None:
    """Invalidate `1.234`: next to decimal commas it may be a thousand times as much."""
    texts = cells.texts(header)
    if texts is None:
        return
    points = pc.fill_null(pc.match_substring(texts, "."), False)
    rows = np.setdiff1d(np.flatnonzero(points), but_for if but_for is not None else [])
    some = texts.take(pa.array(rows)).to_pylist()
    doubtful = [place for place, text in enumerate(some) if _POINT_GROUPS.fullmatch(bare(text))]
    if doubtful:
        cells.put(header, rows[doubtful], [f"{some[place]} ?" for place in doubtful])


def _distinct(cells: TextBatch, header: str) -> Iterator[str]:
    texts = cells.texts(header)
    if texts is not None:
        yield from (text for text in texts.unique().to_pylist() if text)
