"""Leave out rows that add up others: 合计, 总计, 小计, 汇总, Total.

Such a row is recognised by its name. It does not count in the share of bad rows and is not returned
for correction. Most totals rows lack a required cell. Where time or group are filled down none is
missing; then the word has to be the whole name, or part of an id, which is used for nothing else. A
product may have such a name if a product file says so.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch, read_columns, text_offsets
from assets.resources.readers.rows import ROW_NUMBER, Malformed
from data_contracts.exports import ORDERS, PRODUCTS, PURCHASE_ORDERS, STOCK
from data_contracts.table import Column, Personal, Table, Type

CODE = "row.totals"
_GAP = r"[\s\x{3000}]*"
_SUMS = rf"(合{_GAP}[计計]|[总總]{_GAP}[计計]|小{_GAP}[计計]|共{_GAP}[计計])"
_WORDS = rf"({_SUMS}|[汇匯彙]{_GAP}[总總]|累{_GAP}[计計]|[总總]{_GAP}[数數])"
_OF = "(本页|本单|本日|本周|本月|当日|当月|今日|全部|所有|金额|数量|订单|商品|分类)?"
_OPEN, _CLOSE = r"[【\[\(（*]*", r"[】\]\)）*]*"
_TOTAL = (
    rf"(?i)^{_GAP}{_OPEN}{_OF}{_WORDS}([\s\x{{3000}}:：】\])）(（*\d].*)?$"
    r"|^\s*(grand\s+|sub[\s-]?)?totals?([\s:(].*)?$"
    rf"|^.{{1,60}}[\s\x{{3000}}]({_WORDS}|total)$"  # a spreadsheet's own subtotals
    rf"|^.{{1,60}}{_SUMS}$"
)
# In complete rows: the word alone, with a number, or after the group it adds up.
_NUMBER = rf"[:：=]?{_GAP}[(（]?[¥￥]?[\d,.]+{_GAP}[^\d\s]{{0,2}}[)）]?"
_COUNT = rf"(数|数量|件数|行|金额|额)?{_CLOSE}{_GAP}({_NUMBER}|[:：=]|[(（].{{1,4}}[)）])?"
_ALONE = rf"^{_GAP}{_OPEN}{_OF}{_WORDS}{_COUNT}{_GAP}$"
_ENGLISH = r"(?i)^\s*(grand\s+|sub[\s-]?)?totals?(\s*:?\s*[\d,.]*)$"
_OF_GROUP = rf"^(.{{1,60}}?){_GAP}[\s\x{{3000}}_:：/|-]{_WORDS}$"
_OF_ENGLISH_GROUP = r"(?i)^.{1,60}[\s_:/|-](sub)?totals?$"
_EVERYTHING = rf"^{_GAP}{_OPEN}(全部|所有|全体)(订单|商品|数据|明细)?{_CLOSE}{_GAP}$"
_OF_ANY = rf"^.{{1,60}}{_SUMS}$"
_SIGNS = tuple(sign.encode() for sign in "计計总總")
_ID_SIGNS = (b"otal", b"OTAL", *(word.encode() for word in ("全部", "所有", "全体")))
_NUMBERS = (Type.INTEGER, Type.REAL, Type.MONEY, Type.BOOLEAN)


class TotalsRows:
    """Leaves out totals rows of one file of `table`.

    `label_column`: an unused column that may hold the word. `products`: products of such a name.
    """

    def __init__(
        self,
        table: Table,
        match: HeaderMatch,
        label_column: str | None,
        products: Collection[str] = (),
    ) -> None:
        self._label_column = label_column
        columns_read = list(read_columns(table, match))
        self._texts = [header for header, column, _ in columns_read if column.type not in _NUMBERS]
        self._required = [
            [header for source in match.columns[name] for header in source.headers]
            for name in table.required_names
            if name in match.columns
            and name not in match.derived
            and table.column(name).type not in _NUMBERS
        ]
        self._named = [
            (header, column.name.endswith("_id"))
            for header, column, _ in columns_read
            if _names(column)
        ]
        by_column = {
            name: {header for one in match.columns.get(name, ()) for header in one.headers}
            for name in ("sku_id", "sku_name")
        }
        self._skus = by_column["sku_id"]
        self._product_names = by_column["sku_id"] | by_column["sku_name"]
        if table is PRODUCTS:  # a product file decides what a product is called
            self._named = []
        # in other tables, such as promotions, 全部 is the scope of a row
        self._has_sums_of_all = table in (ORDERS, STOCK, PURCHASE_ORDERS)
        self._products = pa.array(sorted(products), pa.string())
        self.found: list[Malformed] = []
        self.product_words: set[str] = set()  # may be products

    def apply(self, cells: TextBatch) -> None:
        totals = np.union1d(self._lacking(cells), self._whole(cells)).astype(np.int64)
        if len(totals):
            numbers = cells.columns[ROW_NUMBER].take(pa.array(totals)).to_pylist()
            self.found += [totals_row(number) for number in numbers]
            cells.leave_out(totals)
        if self._label_column is not None:
            cells.columns.pop(self._label_column, None)
            cells.leave_out(cells.blank_rows())

    # -- rows that lack something -----------------------------------------------------------------

    def _lacking(self, cells: TextBatch) -> np.ndarray:
        likely = self._likely(cells)
        return likely[self._is_totals(cells, likely)] if len(likely) else likely

    def _likely(self, cells: TextBatch) -> np.ndarray:
        """Return rows that lack a required cell; all rows if only one column is required."""
        if len(self._required) < 2:
            return np.arange(cells.rows)
        lacks = np.zeros(cells.rows, np.bool_)
        for headers in self._required:
            if all(cells.columns[header].null_count for header in headers):
                lacks |= cells.is_blank(headers)
        return np.flatnonzero(lacks)

    def _is_totals(self, cells: TextBatch, rows: np.ndarray) -> np.ndarray:
        """Mark those of `rows` that have the word and lack a required cell."""
        places = pa.array(rows)
        has_word = np.zeros(len(rows), np.bool_)
        word_under: dict[str, np.ndarray] = {}
        for header in [*self._texts, *([self._label_column] if self._label_column else [])]:
            texts = cells.texts(header)
            if texts is None:
                continue
            word_under[header] = _matches(texts.take(places), _TOTAL)
            has_word |= word_under[header]
        if not has_word.any():
            return has_word
        nothing = np.zeros(len(rows), np.bool_)
        lacks = nothing.copy()
        for headers in self._required:
            lacks |= cells.is_blank(headers)[rows]
        if len(self._required) < 2:
            # the word takes the place of the row's name
            names = [h for h in self._texts if h in self._product_names] or self._texts
            lacks |= np.logical_and.reduce(
                [
                    cells.is_blank([header])[rows] | word_under.get(header, nothing)
                    for header in names
                ]
            )
        return has_word & lacks

    # -- rows that lack nothing -------------------------------------------------------------------

    def _whole(self, cells: TextBatch) -> np.ndarray:
        """Return rows named by such a word, whatever else they have."""
        totals = np.zeros(cells.rows, np.bool_)
        label_column = [(self._label_column, False)] if self._label_column else []
        for header, is_id in [*self._named, *label_column]:
            texts = cells.texts(header)
            if texts is None or not _may_hold(texts, is_id):
                continue
            is_word = _matches(texts, _ALONE)
            if is_id:
                is_word |= _matches(texts, _ENGLISH) | _matches(texts, _OF_ANY)
                if self._has_sums_of_all:
                    is_word |= _matches(texts, _EVERYTHING)
                is_word |= self._adds_up(header, texts)
            if header in self._product_names and is_word.any():
                is_word &= ~np.asarray(pc.is_in(pc.utf8_trim_whitespace(texts), self._products))
                words = texts.filter(pa.array(is_word)).unique().to_pylist()
                self.product_words.update(word.strip() for word in words)
            totals |= is_word
        return np.flatnonzero(totals)

    def _adds_up(self, header: str, texts: pa.StringArray) -> np.ndarray:
        """Mark rows named by a group followed by the word; a product only after another's name."""
        is_group = _matches(texts, _OF_GROUP)
        if header not in self._skus:
            return is_group | _matches(texts, _OF_ENGLISH_GROUP)
        if is_group.any():
            group = pc.replace_substring_regex(texts, _OF_GROUP, r"\1")
            is_group &= np.asarray(pc.is_in(group, texts.unique().drop_null()))
        return is_group


def _names(column: Column) -> bool:
    """Whether a column names the row and is no free text."""
    is_plain = column.personal in (Personal.NO, Personal.IDENTIFIER)
    return column.type is Type.TEXT and column.codes is None and is_plain


def _may_hold(texts: pa.StringArray, is_id: bool) -> bool:
    """Whether any text may hold such a word; one pass over all bytes is cheap."""
    _, content = text_offsets(texts)
    whole = content.tobytes()
    signs = (*(() if whole.isascii() else _SIGNS), *(_ID_SIGNS if is_id else ()))
    return any(sign in whole for sign in signs)


def _matches(texts: pa.StringArray, pattern: str) -> np.ndarray:
    is_match = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    return is_match.to_numpy(zero_copy_only=False)


def totals_row(number: int) -> Malformed:
    """Describe the row of that number as a totals row."""
    return Malformed(
        number,
        CODE,
        "a totals row of the file, not a row of the table; it is left out, nothing is to be done",
        "合计行，不是数据行，已略过，无需处理",
    )
