"""Empty cells with a word for nothing: `NULL`, `\\N`, `nan`, `None`, `N/A`, `-`.

The words depend on the column: `NA` as an id or a number means nothing, as a name it may be one. In
free text only words that databases write count, and a word that a mapping translates keeps its
meaning. In place of a user id there are more (`anonymous_users.py`): walk-in customers are many
people, none of whom can be contacted.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.casting.type_casting import is_id_or_code
from assets.ingest.stage.normalise.anonymous_users import DRESS, NOBODY
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, signs_of, text_offsets
from data_contracts.repairs import RepairKind
from data_contracts.table import Column, Mask, Personal, Table, Type

_OF_DATABASES = frozenset({"NULL", r"\N", "(null)", "(NULL)", "<null>", "<NULL>", "<NA>"})
_DASHES = frozenset({"-", "--", "---", "—", "——", "–", "－"})
_OF_PROGRAMS = _OF_DATABASES | {
    "null", "[NULL]", "[null]", "None", "nan", "NaN", "N/A", "undefined",
}  # fmt: skip
_OF_NAMES = _OF_PROGRAMS | _DASHES
_OF_VALUES = _OF_NAMES | {
    "Null", "NONE", "none", "NAN", "n/a", "NA", "nil", "NaT", "/", "\\",
}  # fmt: skip
_SAID = frozenset({"无", "暂无"})
_NO_DAY = frozenset({"0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "0000/0/0"})
# how a missing first or last day on offer is written
_NO_MOMENT = frozenset({
    "0", "1970-01-01", "1970-01-01 00:00:00", "1970-01-01 08:00:00", "0001-01-01",
    "0001-01-01 00:00:00", "9999-12-31", "9999-12-31 00:00:00", "9999-12-31 23:59:59", "长期",
    "永久", "长期有效", "永久有效",
})  # fmt: skip
# words for "nothing" under a returned amount, count or time
_GIVEN_BACK = ("refund_yuan", "refunded_at", "cancelled_units", "cancelled_at")
_NOT_GIVEN_BACK = frozenset({
    "无退款申请", "没有申请退款", "未申请退款", "未退款", "无退款", "没有退款", "不退款", "未退货",
    "无退货", "无售后", "没有售后", "无售后或售后取消", "未申请售后", "未申请", "没有", "未取消",
    "退款关闭", "退款取消", "售后关闭", "售后取消", "退款失败", "拒绝退款", "暂无退款", "未退",
    "无退", "否",
})  # fmt: skip
_SPACES = " \t\r\n\u3000"
# Words match in any width: ｎｕｌｌ, Ｎ／Ａ.
_WIDE = str.maketrans({chr(sign): chr(sign + 0xFEE0) for sign in range(0x21, 0x7F)})


@dataclass(frozen=True)
class _Words:
    """The `words` of a column that mean nothing, and the characters that may be `around` them.

    `is_any_case`: match words in any case. `first` and `last`: first and last bytes of such texts;
    `longest`: their maximum length in bytes.
    """

    column: str
    words: pa.Array
    around: str
    is_any_case: bool
    first: np.ndarray
    last: np.ndarray
    longest: int

    @classmethod
    def of(cls, column: Column, words: frozenset[str], *, is_user: bool) -> _Words:
        around = DRESS if is_user else _SPACES
        spelled = {part.upper() for part in words} if is_user else set()
        plain = [part for part in (*words, *spelled, *around) if part]
        ends = [part.encode() for one in plain for part in (one, one.translate(_WIDE))]
        longest = max(map(len, ends)) + 2 * max(len(sign.encode()) for sign in around)
        first, last = signs_of({end[0] for end in ends}), signs_of({end[-1] for end in ends})
        narrow = {_narrow(one) for one in words}
        listed = pa.array(
            sorted({one.lower() for one in narrow} if is_user else narrow), pa.string()
        )
        return cls(column.name, listed, around, is_user, first, last, longest)

    def rows(self, cells: TextBatch, header: str, texts: pa.StringArray) -> np.ndarray:
        """Return the rows with such a word under `header`, whose texts are `texts`."""
        likely = cells.begun_with(header, self.first)
        ends, content = text_offsets(texts)
        likely = likely[ends[likely + 1] - ends[likely] <= self.longest]
        likely = likely[self.last[content[ends[likely + 1] - 1]]]
        if not len(likely):
            return likely
        bare = pc.utf8_normalize(texts.take(pa.array(likely)), "NFKC")
        bare = pc.utf8_trim(bare, self.around)
        is_null_word = pc.is_in(pc.utf8_lower(bare) if self.is_any_case else bare, self.words)
        return likely[is_null_word.to_numpy(zero_copy_only=False)]


def _narrow(word: str) -> str:
    return unicodedata.normalize("NFKC", word)


class NullWords:
    """Empties such cells of one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        self._words: dict[str, _Words] = {}
        for header, column, is_alone in read_columns(table, match):
            words = null_words_of(column) if is_alone else _OF_PROGRAMS
            words -= {
                part
                for rule in match.codes
                if header in rule.headers
                for part in rule.value.split(" / ")
            }
            is_user = is_alone and column.personal is Personal.IDENTIFIER
            self._words[header] = _Words.of(column, words, is_user=is_user)

    def apply(self, cells: TextBatch) -> None:
        for header, words in self._words.items():
            texts = cells.texts(header)
            if texts is None:
                continue
            rows = words.rows(cells, header, texts)
            if len(rows):
                cells.put(header, rows, [None] * len(rows))
                cells.mark(words.column, RepairKind.NULL_WORD, rows)


def null_words_of(column: Column) -> frozenset[str]:
    """Return the words that mean nothing in `column`."""
    if column.name in _GIVEN_BACK:
        return _OF_VALUES | _SAID | _NO_DAY | _NOT_GIVEN_BACK
    if column.type in (Type.DATE, Type.TIMESTAMP):
        return _OF_VALUES | _SAID | _NO_DAY | (_NO_MOMENT if column.of_moment else frozenset())
    if column.codes is not None:
        # 无 means no, and `none` is a code of some columns
        codes = {word.casefold() for code in column.codes for word in (code.value, code.zh)}
        return frozenset(word for word in _OF_VALUES if word.casefold() not in codes)
    if column.type is Type.BOOLEAN:
        return _OF_VALUES  # 无 means no
    if column.type is not Type.TEXT:
        return _OF_VALUES | _SAID
    if column.personal is Personal.FREE_TEXT:
        return _OF_DATABASES
    if column.personal is Personal.IDENTIFIER:
        return _OF_VALUES | _SAID | NOBODY
    if is_id_or_code(column) or column.mask in (Mask.PHONE, Mask.ADDRESS):
        return _OF_VALUES | _SAID
    return _OF_NAMES
