"""Parse the JSON values of a file one by one: one per line, or the elements of one list.

Only one value is held in memory, regardless of the file size.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from assets.resources.readers import limits
from data_contracts.errors import BilingualError

_BLOCK_CHARACTERS = 1 << 20
_SPACE = " \t\r\n\ufeff"
_ENDS = {",", "]", " ", "\t", "\r", "\n"}  # what may follow an element of a list


class BrokenListError(BilingualError):
    """A JSON list that cannot be parsed."""


def records_of(
    binary: BinaryIO, encoding: str, on_progress: Callable[[int], None]
) -> Iterator[tuple[Any, str]]:
    """Yield every value with its text; None for a line that is not JSON.

    `on_progress` is called with characters read. Raises BrokenListError for a list that breaks in
    the middle, UnicodeError, and the errors of a damaged gzip.
    """
    text = io.TextIOWrapper(binary, encoding=encoding, errors="strict")
    begin = ""
    while not begin.strip(_SPACE) and (block := text.read(_BLOCK_CHARACTERS)):
        begin = block
    begin = begin.lstrip(_SPACE)
    values = _Values()
    if begin.startswith("["):
        yield from _elements(text, begin[1:], values, on_progress)
    else:
        yield from _lines(text, begin, values, on_progress)


class _Values:
    """Parse values. Integers and decimals stay text, so that no digit is lost."""

    def __init__(self) -> None:
        self._has_twice = False
        self._decoder = json.JSONDecoder(
            parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=self._object
        )

    def at(self, text: str, place: int) -> tuple[Any, int | None]:
        """Parse the value at `place`; return it and its end, or no end when it does not end in
        `text`.

        An unusable value is None: with a repeated key one value would be lost, and a lone surrogate
        cannot be stored.
        """
        self._has_twice = False
        try:
            value, end = self._decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return None, None
        is_good = not self._has_twice and _is_text(value, text, place, end)
        return (value if is_good else None), end

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        self._has_twice |= len(record) != len(pairs)
        return record


def _is_text(value: Any, text: str, place: int, end: int) -> bool:
    if text.find("\\u", place, end) < 0:
        return True
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _lines(
    text: io.TextIOWrapper, rest: str, values: _Values, on_progress: Callable[[int], None]
) -> Iterator[tuple[Any, str]]:
    done = len(rest)
    while rest:
        *lines, rest = rest.split("\n")
        for line in lines:
            line = line.strip(_SPACE)
            if line:
                value, end = values.at(line, 0)
                yield (value if end == len(line) else None), line
        on_progress(done)
        if len(rest) > limits.MAX_RECORD_CHARACTERS:
            yield None, rest[: limits.MAX_CELL_CHARACTERS]
            rest = _after_line(text)
        block = text.read(_BLOCK_CHARACTERS)
        done += len(block)
        rest += block if block or not rest else "\n"


def _after_line(text: io.TextIOWrapper) -> str:
    """Skip to the end of the current line; return the rest of the last block read."""
    while block := text.read(_BLOCK_CHARACTERS):
        _, line_end, rest = block.partition("\n")
        if line_end:
            return rest
    return ""


def _elements(
    text: io.TextIOWrapper, rest: str, values: _Values, on_progress: Callable[[int], None]
) -> Iterator[tuple[Any, str]]:
    """Yield the elements of the list that begins before `rest`."""
    number, done, wanted, place = 0, len(rest), _BLOCK_CHARACTERS, 0
    while True:
        place = _skip(rest, place, f"{_SPACE}," if number else _SPACE)
        if rest[place : place + 1] == "]":
            if rest[place + 1 :].strip(_SPACE) or text.read(_BLOCK_CHARACTERS).strip(_SPACE):
                raise BrokenListError(
                    "has content after its list of records", "记录列表之后还有其他内容"
                )
            return
        value, end = values.at(rest, place)
        # a number may continue in the next block: `0.` already parses as 0
        if end is not None and rest[end : end + 1] in _ENDS:
            number += 1
            yield value, rest[place:end]
            place = end
            continue
        on_progress(done)
        block = text.read(wanted)
        rest, place = rest[place:] + block, 0
        if not block or len(rest) > 2 * limits.MAX_RECORD_CHARACTERS:
            raise BrokenListError(
                f"is not valid JSON after record {number:,}",
                f"第 {number:,} 条记录之后不是有效的 JSON",
            )
        done += len(block)
        # an element longer than a block is parsed again each time, so read more each time
        wanted = max(_BLOCK_CHARACTERS, len(rest))


def _skip(text: str, place: int, signs: str) -> int:
    while place < len(text) and text[place] in signs:
        place += 1
    return place
