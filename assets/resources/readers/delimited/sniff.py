"""Detect encoding, separator and header row from the first bytes of a text file."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from assets.resources.readers.file_format import SEPARATORS, FormatOverride
from assets.resources.readers.headers import find_header_row
from data_contracts.errors import ExportError
from data_contracts.messages import Bilingual

SAMPLE_BYTES = 1 << 20
_SAMPLE_ROWS = 50
_SAMPLE_CHARACTERS = 1 << 16
# With more bytes than this that fit no encoding, a file is not text.
_BINARY_SHARE, _BINARY_FAULTS = 0.02, 10
# A line is evidence of its encoding from two Chinese characters on; a few lines may be chance.
_MIN_CHINESE_BYTES, _MIXED_SHARE = 6, 0.05

# Lead bytes of three-byte and longer sequences: U+0800 and up, which includes all Chinese.
_UTF8_OF_CHINESE = re.compile(rb"[\xe0-\xf4]")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# An accented letter within a word, or a symbol such as ° or ×.
_IN_A_WORD = re.compile(r"[A-Za-z][\u00c0-\u024f]|[\u00c0-\u024f][A-Za-z]|[\u00a0-\u00bf×÷]")
_SHOWN_WORDS = 3

_IS_UTF8 = Bilingual("decodes as UTF-8", "按 UTF-8 可读")
_JSON = re.compile(r'\{\s*("|\}|$)|\[\s*([\[\]{]|$)')


def sniff_encoding(head: bytes, name: str, stated: FormatOverride) -> tuple[str, tuple[str, ...]]:
    """Return the encoding with its evidence; raise ExportError for bytes that are not text."""
    if stated.encoding:
        return _canonical(stated.encoding, name), (
            Bilingual(f"encoding {stated.encoding} was stated", f"编码已指定为 {stated.encoding}"),
        )
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8", (Bilingual("byte order mark of UTF-8", "有 UTF-8 的字节序标记"),)
    if head.startswith(b"\xff\xfe"):
        return "utf-16-le", (
            Bilingual("byte order mark of UTF-16, little endian", "有 UTF-16（小端）的字节序标记"),
        )
    if head.startswith(b"\xfe\xff"):
        return "utf-16-be", (
            Bilingual("byte order mark of UTF-16, big endian", "有 UTF-16（大端）的字节序标记"),
        )
    guess = _utf16_without_mark(head)
    if guess:
        return guess, (
            Bilingual(
                f"every other byte is 0, as in {guess} without a mark",
                f"每隔一个字节为 0，是无标记的 {guess}",
            ),
        )
    if head.isascii():
        return "utf-8", (Bilingual("no byte above 127", "只有 ASCII 字符"),)
    if _decodes(head, "utf-8"):
        return _utf8_or_short_gb18030(head)
    _reject_mixed_encodings(head, name)
    if _decodes(head, "gb18030"):
        return "gb18030", (Bilingual("decodes as GB18030, not as UTF-8", "是 GB18030，不是 UTF-8"),)
    # a stray byte does not change the encoding: reading reports its position
    faults = {name: _faults(head, name) for name in ("utf-8", "gb18030")}
    near = min(faults, key=lambda name: faults[name])
    if faults[near] > max(_BINARY_FAULTS, _BINARY_SHARE * len(head)):
        raise ExportError(
            f"{name}: not a text table; export it as CSV or XLSX",
            f"{name}：不是文本表格；请导出为 CSV 或 XLSX",
        )
    return near, (
        Bilingual(
            f"nearest to {near}, with {faults[near]} byte(s) that do not fit",
            f"最接近 {near}，有 {faults[near]} 个字节不符",
        ),
    )


def _utf8_or_short_gb18030(head: bytes) -> tuple[str, tuple[str, ...]]:
    """Choose between UTF-8 and GB18030 for bytes that are valid in both.

    A few Chinese words in GB18030 can be valid UTF-8: 茅台 in GB18030 is the UTF-8 of é and a
    combining ogonek. When every word is common hanzi in GB18030 and no word contains accented
    letters in UTF-8, GB18030 is chosen; both readings are reported.
    """
    if _UTF8_OF_CHINESE.search(head) or not _decodes(head, "gb18030"):
        return "utf-8", (_IS_UTF8,)
    chinese = head.decode("gb18030", "ignore")
    words = list(dict.fromkeys(_FOREIGN.findall(chinese)))
    if not all(map(_is_common_hanzi, words)):
        return "utf-8", (_IS_UTF8,)
    western = head.decode("utf-8", "ignore")
    shown = ", ".join(words[:_SHOWN_WORDS])
    other = ", ".join(list(dict.fromkeys(_FOREIGN.findall(western)))[:_SHOWN_WORDS])
    if _IN_A_WORD.search(western):
        return "utf-8", (
            _IS_UTF8,
            Bilingual(f"as GB18030 it would read {shown}", f"按 GB18030 读则为 {shown}"),
        )
    return "gb18030", (
        Bilingual(
            f"decodes as GB18030 ({shown}) and as UTF-8 ({other}); where UTF-8 is meant, state it "
            "in platform.toml [[files]]",
            f"按 GB18030（{shown}）和 UTF-8（{other}）都可读；如应为 UTF-8，请在 platform.toml 的 "
            "[[files]] 中写明",
        ),
    )


def _is_common_hanzi(word: str) -> bool:
    """Whether a word is of characters of GB2312, Chinese signs included."""
    try:
        return all(len(sign.encode("gb2312")) == 2 for sign in word)
    except UnicodeEncodeError:
        return False


def _canonical(encoding: str, name: str) -> str:
    try:
        "文".encode(encoding)
    except UnicodeEncodeError:
        pass  # an encoding, though one without Chinese
    except (LookupError, UnicodeError, ValueError) as error:
        raise ExportError(
            f"{name}: {encoding!r} is not a known encoding; write utf-8, gb18030 or utf-16",
            f"{name}：没有名为 {encoding!r} 的编码；请写 utf-8、gb18030 或 utf-16",
        ) from error
    return codecs.lookup(encoding).name


def _utf16_without_mark(head: bytes) -> str | None:
    part = head[: 4096 - 4096 % 2]
    if len(part) < 8:
        return None
    even, odd = part[0::2].count(0), part[1::2].count(0)
    half = len(part) // 2
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _decodes(head: bytes, encoding: str) -> bool:
    """Return whether `head` decodes; a character cut off at its end is allowed."""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError as error:
            if len(head) < SAMPLE_BYTES or error.start < len(head) - 8:
                return False
        else:
            return True
    return False


def _reject_mixed_encodings(head: bytes, name: str) -> None:
    """Raise ExportError when some lines are UTF-8 and others GB18030, as in concatenated files.

    GB18030 accepts almost any bytes: the UTF-8 lines would be read as other characters.
    """
    lines: dict[str, list[int]] = {"utf-8": [], "gb18030": []}
    for number, line in enumerate(head.split(b"\n")[: None if len(head) < SAMPLE_BYTES else -1], 1):
        if sum(byte > 127 for byte in line) < _MIN_CHINESE_BYTES:
            continue
        if _is_chinese_utf8(line):
            lines["utf-8"].append(number)
        elif _decodes(line, "gb18030") and not _decodes(line, "utf-8"):
            lines["gb18030"].append(number)
    of_encodings = [numbers for numbers in lines.values() if numbers]
    if len(of_encodings) == 2 and min(map(len, of_encodings)) >= _MIXED_SHARE * sum(
        map(len, of_encodings)
    ):
        raise ExportError(
            f"{name}: line {lines['utf-8'][0]:,} reads as UTF-8, line {lines['gb18030'][0]:,} as "
            "GB18030; export it again in one encoding, or state it in platform.toml [[files]]",
            f"{name}：第 {lines['utf-8'][0]:,} 行是 UTF-8 编码，第 "
            f"{lines['gb18030'][0]:,} 行是 GB18030 编码；请统一编码后重新导出，或在 "
            "platform.toml 的 [[files]] 中指明编码",
        )


def _is_chinese_utf8(line: bytes) -> bool:
    try:
        return all(sign < "\x80" or sign >= "\u2e80" for sign in line.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _faults(head: bytes, encoding: str) -> int:
    return head.decode(encoding, errors="replace").count("\ufffd")


def decoded(head: bytes, encoding: str) -> str:
    """Decode the first bytes, replacing what does not decode."""
    return head.decode(encoding, errors="replace").lstrip("\ufeff")


def is_json(text: str) -> bool:
    """Return whether the text begins with a JSON object or a list of objects.

    >>> is_json('{"a": 1}'), is_json('[{"a"'), is_json("[编号],名称"), is_json("{x},y")
    (True, True, False, False)
    """
    return _JSON.match(text.lstrip("\ufeff \t\r\n")[:200]) is not None


def title_rows_note(header_row: int) -> str:
    """Report how many rows above the header are titles."""
    return Bilingual(
        f"{header_row - 1} row(s) above the header are titles",
        f"表头上方有 {header_row - 1} 行标题",
    )


@dataclass(frozen=True)
class Layout:
    """The separator and header row of a CSV file, with the evidence."""

    delimiter: str
    header_row: int
    trailing: int
    evidence: tuple[str, ...]


def sniff_layout(text: str, stated: FormatOverride) -> Layout:
    """Detect the separator and the header row from the first lines."""
    said: list[str] = []
    delimiter = stated.delimiter
    rows: list[list[str]]
    if delimiter is not None:
        word = SEPARATORS.get(delimiter, repr(delimiter))
        said.append(Bilingual(f"separator {word} was stated", f"分隔符已指定为{word}"))
        rows = _rows(text, delimiter)
    else:
        best: tuple[float, int, str, list[list[str]]] | None = None
        for one in SEPARATORS:
            records = _rows(text, one)
            width, share = _modal_width(records)
            score = (share if width > 1 else 0.0, width, one, records)
            if best is None or score[:2] > best[:2]:
                best = score
        assert best is not None
        share, width, delimiter, rows = best
        if width <= 1:
            delimiter, rows = ",", _rows(text, ",")
            said.append(
                Bilingual(
                    "no separator is common to all lines: one column",
                    "没有共同的分隔符：只有一列",
                )
            )
        else:
            word, many = SEPARATORS[delimiter], sum(map(bool, rows))
            said.append(
                Bilingual(
                    f"{word} separates {width} columns in {share:.0%} of {many} rows",
                    f"{many} 行中 {share:.0%} 由{word.zh}分为 {width} 列",
                )
            )
    if stated.header_row is not None:
        header_row = stated.header_row
        said.append(
            Bilingual(f"header row {header_row} was stated", f"表头已指定在第 {header_row} 行")
        )
    else:
        header_row = find_header_row(rows)
        if header_row > 1:
            said.append(title_rows_note(header_row))
    trailing = _trailing(rows[header_row - 1 :])
    if trailing:
        said.append(
            Bilingual(
                f"rows end with {trailing} separator(s) more than the header",
                f"各行末尾比表头多 {trailing} 个分隔符",
            )
        )
    return Layout(delimiter, header_row, trailing, tuple(said))


def _trailing(rows: list[list[str]]) -> int:
    """Count the separators at the end of the rows that the header row does not have."""
    if len(rows) < 2 or not rows[0]:
        return 0
    own = len(rows[0])
    usual, _ = _modal_width(rows[1:])
    if usual <= own or any(any(row[own:]) for row in rows if len(row) == usual):
        return 0
    return usual - own


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Parse the first complete rows, blank ones included."""
    rows: list[list[str]] = []
    try:
        reader = csv.reader(io.StringIO(text[:_SAMPLE_CHARACTERS], newline=""), delimiter=delimiter)
        for row in reader:
            rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    if len(rows) > 2 and len(text) > _SAMPLE_CHARACTERS:
        rows.pop()  # may be cut off
    return rows[:_SAMPLE_ROWS]


def _modal_width(rows: list[list[str]]) -> tuple[int, float]:
    """Return the most common row width and the share of rows with it; blank rows do not count."""
    widths = [len(row) for row in rows if row]
    if not widths:
        return 0, 0.0
    width, count = Counter(widths).most_common(1)[0]
    return width, count / len(widths)
