"""Cast cells in canonical format with Arrow while the stream passes.

Nearly every cell of an export is canonical: an id of letters and digits, `4.90`, a timestamp of 19
characters. They are found by comparing the bytes of a whole column at once and cast by Arrow; SQL
with its regular expressions takes about fifty times as long. All other cells are left to SQL
(`casting/type_casting.py`), which defines what a text means: a value cast here equals the value SQL
gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.dates_and_times import FIRST_YEAR, LAST_YEAR
from assets.ingest.stage.casting.type_casting import is_id_or_code
from assets.ingest.stage.normalise.cell_batch import text_offsets
from data_contracts.mappings.transforms import Transform
from data_contracts.table import Column, Table, Type

PRECAST = "precast_"  # prefix of the columns added here
PRECAST_ROW = f"{PRECAST}row"  # whether all cells checked here were canonical
_ARROW = {
    Type.INTEGER: pa.int64(),
    Type.REAL: pa.float64(),
    Type.MONEY: pa.decimal128(18, 4),
    Type.DATE: pa.date32(),
    Type.TIMESTAMP: pa.timestamp("us"),
    Type.TEXT: pa.bool_(),
}
# Maximum and exact length of canonical cells, in characters.
_MOST = {Type.INTEGER: 18, Type.REAL: 18, Type.MONEY: 18}
_EXACTLY = {Type.DATE: 10, Type.TIMESTAMP: 19}
_SIGNS_OF_NUMBERS = (0x2D, 0x39)  # - . / 0 to 9; Arrow rejects those that are no numbers
_FIRST_DAY, _LAST_DAY = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR}-12-31")
_SPACE, _DELETE = 0x20, 0x7F
# Bytes of an id that cannot be a guard, space, decimal tail or exponent.
_ID_RANGE = (0x30, 0x7E)
_ID_SIGNS = np.zeros(256, np.bool_)
_ID_SIGNS[_ID_RANGE[0] : _ID_RANGE[1] + 1] = True
_ID_SIGNS[[*b"-/#"]] = True


class FastCast:
    """Casts the columns of one file of `table` that are read as written."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._found = [
            (column, header)
            for column in table.columns
            if column.type in _ARROW and (header := _header(match, column)) is not None
        ]

    def transform(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """Add a column PRECAST + name for each text column that can be cast, and PRECAST_ROW.

        For a typed column it holds the values, NULL where SQL has to parse; for a text column
        whether the text is canonical (true where it is NULL).
        """
        is_text = {field.name for field in reader.schema if field.type == pa.string()}
        castable = [(column, header) for column, header in self._found if header in is_text]
        schema = reader.schema
        for column, _ in castable:
            schema = schema.append(pa.field(f"{PRECAST}{column.name}", _ARROW[column.type]))
        schema = schema.append(pa.field(PRECAST_ROW, pa.bool_()))

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                texts = [batch.column(header) for _, header in castable]
                made = [
                    parse_plain(one, text) for (one, _), text in zip(castable, texts, strict=True)
                ]
                whole = _whole_rows(batch.num_rows, texts, made)
                yield pa.RecordBatch.from_arrays([*batch.columns, *made, whole], schema=schema)

        return pa.RecordBatchReader.from_batches(schema, batches())


def parse_plain(column: Column, texts: pa.StringArray) -> pa.Array:
    """Cast the canonical ones of `texts` to `column`'s type; for a text column, mark them.

    >>> from data_contracts.columns import money
    >>> parse_plain(money("x", "", ""), pa.array(["4.90", "¥4.90", None])).to_pylist()
    [Decimal('4.9000'), None, None]
    """
    if column.form is not None:
        return pc.fill_null(pc.match_substring_regex(texts, rf"\A(?:{column.pattern})\z"), True)
    if column.type is Type.TEXT:
        odd = _odd_ids(texts) if is_id_or_code(column) else _odd_names(texts)
        return pa.array(~odd)
    kept = _of_usual_size(column.type, texts)
    if column.type in _MOST:
        kept = _without(kept, _rows_with(kept, _outside(*_SIGNS_OF_NUMBERS)))
    try:
        values = kept.cast(_ARROW[column.type])
    except pa.ArrowInvalid:
        return pa.nulls(len(texts), _ARROW[column.type])  # at least one of them is no such value
    return _within_years(values) if column.type in _EXACTLY else values


def _header(match: HeaderMatch, column: Column) -> str | None:
    """Return the header a column is read from as written, or with translated words only."""
    sources = match.columns.get(column.name, ())
    if len(sources) != 1 or len(sources[0].headers) != 1:
        return None
    if sources[0].transform is not Transform.AS_IS:
        return None
    has_words = any(rule.column == column.name for rule in match.codes)
    return None if has_words and column.type is not Type.TEXT else sources[0].headers[0]


def _whole_rows(rows: int, texts: list[pa.StringArray], made: list[pa.Array]) -> pa.BooleanArray:
    """Mark the rows in which every text was cast or is canonical."""
    whole = None
    for text, value in zip(texts, made, strict=True):
        if pa.types.is_boolean(value.type):
            if value.true_count == rows:
                continue
            fits = value
        elif value.null_count == text.null_count:
            continue
        else:
            fits = pc.or_(value.is_valid(), text.is_null())
        whole = fits if whole is None else pc.and_(whole, fits)
    return pa.array(np.ones(rows, np.bool_)) if whole is None else whole


# -- sizes and signs -----------------------------------------------------------------------------


def _of_usual_size(kind: Type, texts: pa.StringArray) -> pa.StringArray:
    """Keep texts of canonical length, None in place of the others."""
    sizes = pc.binary_length(texts)
    if kind in _EXACTLY:
        fits = pc.equal(sizes, _EXACTLY[kind])
    else:
        fits = pc.less_equal(sizes, _MOST[kind])
    return texts if pc.all(fits).as_py() is not False else pc.if_else(fits, texts, None)


def _outside(low: int, high: int) -> Callable[[np.ndarray], np.ndarray]:
    """Test which bytes are outside a range; unsigned subtraction wraps around below it."""
    return lambda content: (content - np.uint8(low)) > (high - low)


def _rows_with(
    texts: pa.StringArray, is_odd: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray | None:
    """Find rows that hold a byte for which `is_odd` is true; None if there are no such rows."""
    ends, content = text_offsets(texts)
    odd = is_odd(content)
    return _rows_of(np.flatnonzero(odd), ends) if odd.any() else None


def _rows_of(places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return np.searchsorted(ends, places, side="right") - 1


def _without(texts: pa.StringArray, rows: np.ndarray | None) -> pa.StringArray:
    if rows is None:
        return texts
    kept = np.ones(len(texts), np.bool_)
    kept[rows] = False
    return pc.if_else(pa.array(kept), texts, None)


def _within_years(values: pa.Array) -> pa.Array:
    """Keep dates and times of plausible years, None in place of the others."""
    span = pc.min_max(values)
    first, last = (span[name].cast(pa.date32()).as_py() for name in ("min", "max"))
    if first is None or (first >= _FIRST_DAY.item() and last <= _LAST_DAY.item()):
        return values
    days = values.cast(pa.date32(), safe=False)
    fits = pc.and_(
        pc.greater_equal(days, pa.scalar(_FIRST_DAY.item())),
        pc.less_equal(days, pa.scalar(_LAST_DAY.item())),
    )
    return pc.if_else(fits, values, None)


# -- texts ---------------------------------------------------------------------------------------


def _odd_ids(texts: pa.StringArray) -> np.ndarray:
    """Mark ids and codes with anything but letters, digits and the signs that join them."""
    ends, content = text_offsets(texts)
    odd = _empty(texts, ends)
    if _outside(*_ID_RANGE)(content).any():
        odd[_rows_of(np.flatnonzero(~_ID_SIGNS[content]), ends)] = True
    return odd


def _odd_names(texts: pa.StringArray) -> np.ndarray:
    """Mark texts with a space at either end, a control character or an invisible character."""
    ends, content = text_offsets(texts)
    odd = _empty(texts, ends)
    filled = ends[1:] > ends[:-1]
    spaced = (content[ends[:-1][filled]] == _SPACE) | (content[ends[1:][filled] - 1] == _SPACE)
    odd[np.flatnonzero(filled)[spaced]] = True
    control = (content < _SPACE) | (content == _DELETE)
    if control.any():
        odd[_rows_of(np.flatnonzero(control), ends)] = True
    unseen = _unseen(content)
    if len(unseen):
        odd[_rows_of(unseen, ends)] = True
    return odd


def _empty(texts: pa.StringArray, ends: np.ndarray) -> np.ndarray:
    """Mark texts of zero length, which differ from NULL."""
    empty = ends[1:] == ends[:-1]
    if texts.null_count:
        empty &= np.asarray(texts.is_valid())
    return empty


def _unseen(content: np.ndarray) -> np.ndarray:
    """Find the positions of invisible UTF-8 characters, the same set as in
    `casting/type_casting.py`.

    U+0080 to 00A0 are C2 80 to A0; U+2000 to 200F and 2028 to 202F are E2 80 80 to 8F and A8 to AF;
    U+205F and 2060 are E2 81 9F and A0; U+1680 is E1 9A 80, U+3000 E3 80 80, U+FEFF EF BB BF.
    Spaces among them only count at either end of a text, which SQL decides.
    """
    positions = []
    for lead in (0xC2, 0xE1, 0xE2, 0xE3, 0xEF):
        is_lead = content == lead
        if not is_lead.any():
            continue
        places = np.flatnonzero(is_lead)
        second = content[np.minimum(places + 1, len(content) - 1)]
        third = content[np.minimum(places + 2, len(content) - 1)]
        if lead == 0xC2:
            hit = second <= 0xA0
        elif lead == 0xE1:
            hit = (second == 0x9A) & (third == 0x80)
        elif lead == 0xE2:
            marks = (third <= 0x8F) | ((third >= 0xA8) & (third <= 0xAF))
            joins = (third == 0x9F) | (third == 0xA0)
            hit = ((second == 0x80) & marks) | ((second == 0x81) & joins)
        elif lead == 0xE3:
            hit = (second == 0x80) & (third == 0x80)
        else:
            hit = (second == 0xBB) & (third == 0xBF)
        positions.append(places[hit])
    return np.concatenate(positions) if positions else np.empty(0, np.int64)
