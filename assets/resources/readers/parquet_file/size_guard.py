"""Measure what the columns of a Parquet file decode to, from their page headers.

The footer states it too, but nothing compares the two: a reader allocates what a page header states
as soon as it reaches the page. As in Arrow, pages are read from the dictionary page, or else the
first data page, until the column has all its values. The footer is also parsed here: on a damaged
footer, pyarrow 26 ends the process when a column is requested.

Both use the compact protocol of Thrift; ids of fields and encodings are those of `parquet.thrift`
(github.com/apache/parquet-format).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assets.resources.readers import limits

PLAIN_DICTIONARY, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, RLE_DICTIONARY = 2, 6, 7, 8
# Bytes a reader allocates per text of a page in advance: its length, its view.
_LENGTH_BYTES, _PLACE_BYTES = 4, 16
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_V2 = 0, 2, 3
_MOST_NESTING = 16  # structs and lists within each other; the footer's are eight

# Fields by id, with the subfields that are read; the rest is skipped.
Fields = Mapping[int, Any]
_NUMBER: Fields = {}
_VALUES, _PACKED_BYTES, _DATA_AT, _DICTIONARY_AT = 5, 7, 9, 11
_META: Fields = dict.fromkeys((_VALUES, _PACKED_BYTES, _DATA_AT, _DICTIONARY_AT), _NUMBER)
_FOOTER: Fields = {4: {1: {3: _META}}}  # row groups: columns: metadata
_PAGE: Fields = {
    **dict.fromkeys((1, 2, 3), _NUMBER),  # kind, bytes unpacked, bytes packed
    5: {1: _NUMBER, 2: _NUMBER},  # data: values, encoding
    7: {1: _NUMBER},  # dictionary: values
    8: {1: _NUMBER, 4: _NUMBER},  # data of version 2: values, encoding
}
_BROKEN = (KeyError, IndexError, TypeError, AttributeError, struct.error)


class PagesError(Exception):
    """Pages that cannot be parsed, or more pages than an export has."""


@dataclass
class ColumnPages:
    """The pages of one column in one row group.

    `unpacked`: bytes of all pages. `values`: values in all pages, nulls included. `largest`,
    `dictionary`: bytes that the largest data page and the dictionary page take while they are read.
    `encodings`: those of the data pages.
    """

    pages: int = 0
    unpacked: int = 0
    values: int = 0
    largest: int = 0
    dictionary: int = 0
    encodings: set[int] = field(default_factory=set)

    @property
    def packs_lengths(self) -> bool:
        """Return whether a reader cannot return its texts as dictionary values and indices."""
        return bool(self.encodings & {DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY})

    @property
    def longest_repeated(self) -> int:
        """Return the most bytes of a text that is stored once and repeated on any number of rows.

        A dictionary may be one text. In DELTA_BYTE_ARRAY a text states how long a prefix it shares
        with the previous one, and the first may fill the page.
        """
        by_dictionary = self.encodings & {PLAIN_DICTIONARY, RLE_DICTIONARY}
        return max(
            self.dictionary if by_dictionary else 0,
            self.largest if DELTA_BYTE_ARRAY in self.encodings else 0,
        )


def read_column_pages(path: Path) -> list[list[ColumnPages]]:
    """Return the leaf columns of each row group, in file order.

    Raises PagesError.
    """
    groups, left = [], limits.MAX_PAGES
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for group in _groups(data):
            columns = []
            for stated in group:
                columns.append(_read_chunk(data, stated, left))
                left -= columns[-1].pages
            groups.append(columns)
    return groups


def _groups(data: mmap.mmap) -> list[list[dict[int, int]]]:
    """Return for each row group what the footer states of each column."""
    try:
        end = len(data) - 8  # the footer is followed by its length and PAR1
        start = end - struct.unpack("<I", data[end : end + 4])[0]
        footer = _Thrift(data, start, end).struct(_FOOTER)
        return [[column[3] for column in group[1]] for group in footer[4]]
    except _BROKEN as error:
        raise PagesError("the footer is damaged") from error


def _read_chunk(data: mmap.mmap, stated: dict[int, int], most_pages: int) -> ColumnPages:
    """Read the page headers of the column chunk at the position in `stated`."""
    column = ColumnPages()
    try:
        place, dictionary = stated[_DATA_AT], stated.get(_DICTIONARY_AT, 0)
        if 0 < dictionary < place:
            place = dictionary
        end = min(len(data), place + stated[_PACKED_BYTES])
        while column.values < stated[_VALUES] and place < end:
            if column.pages == most_pages:
                raise PagesError(f"it is cut into more than {limits.MAX_PAGES:,} pages")
            header = _Thrift(data, place, end)
            place = _add(column, header.struct(_PAGE)) + header.place
    except _BROKEN as error:
        raise PagesError("the header of a page is damaged") from error
    return column


def _add(column: ColumnPages, header: dict[int, Any]) -> int:
    """Count the page of `header`; return the bytes it takes in the file."""
    kind, unpacked, packed = header[1], header[2], header[3]
    if unpacked < 0 or packed < 0:
        raise KeyError("a page of less than nothing")
    column.pages += 1
    column.unpacked += unpacked
    if kind == _DICTIONARY_PAGE:
        texts = _count(header[7][1])
        column.dictionary = max(column.dictionary, unpacked + _PLACE_BYTES * texts)
    elif kind in (_DATA_PAGE, _DATA_PAGE_V2):
        said = header[5] if kind == _DATA_PAGE else header[8]
        values, encoding = _count(said[1]), said[2 if kind == _DATA_PAGE else 4]
        column.values += values
        column.encodings.add(encoding)
        lengths = encoding in (DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY)
        column.largest = max(column.largest, unpacked + (_LENGTH_BYTES * values if lengths else 0))
    return packed


def _count(values: int) -> int:
    if values < 0:
        raise KeyError("less than no values")
    return values


class _Thrift:
    """Parse the struct at `place`; then `place` is after it. Raises IndexError at `end`."""

    def __init__(self, data: mmap.mmap, place: int, end: int) -> None:
        if place < 0:
            raise IndexError("before the file")
        self._data = data
        self._end = end
        self.place = place

    def struct(self, wanted: Fields, depth: int = 0) -> dict[int, Any]:
        """Return field → value for the fields `wanted`; lists as lists, None for texts."""
        values: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._whole()
            value = self._value(kind, wanted.get(number, _NUMBER), depth + 1)
            if number in wanted:
                values[number] = value
        return values

    def _value(self, kind: int, wanted: Fields, depth: int) -> Any:
        if depth > _MOST_NESTING:
            raise IndexError("nested too deep")
        match kind:
            case 1 | 2:  # true, false
                return None
            case 3:
                return self._byte()
            case 4 | 5 | 6:  # whole numbers of 16, 32 and 64 bits
                return self._whole()
            case 7:  # a double
                return self._skip(8)
            case 8:  # a text
                return self._skip(self._varint())
            case 9 | 10:  # a list, a set
                head = self._byte()
                size, kind = head >> 4, head & 15
                size = self._varint() if size == 15 else size
                if kind in (1, 2):  # a truth value has a byte of its own here
                    return self._skip(size)
                values = (self._value(kind, wanted, depth + 1) for _ in range(size))
                return list(values) if wanted else _exhausted(values)
            case 12:
                return self.struct(wanted, depth)
        raise KeyError(f"no field of the kind {kind}")  # nothing here is a map

    def _byte(self) -> int:
        if self.place >= self._end:
            raise IndexError("the chunk ends within a header")
        self.place += 1
        return self._data[self.place - 1]

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise IndexError("a number of more than 64 bits")

    def _whole(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _skip(self, size: int) -> None:
        if size > self._end - self.place:
            raise IndexError("the chunk ends within a header")
        self.place += size


def _exhausted(values: Iterator[Any]) -> None:
    for _ in values:
        pass
