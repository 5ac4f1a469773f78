"""Order lines that charge for something and hold no goods: 运费, 补差价, shipping fee.

Nobody stocks them, so they are no demand: each is set aside by its name, counts for no share of bad
rows, and nothing is handed back of it. What was paid for them is no sale of goods, as an order's
freight is none. Only a name that says nothing else is taken for one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ingest.normalising.batches import Cells
from assets.resources.inbox.rows import ROW_NUMBER, Malformed
from data_contracts.exports import ORDERS
from data_contracts.mappings.fitting import Fit
from data_contracts.table import Table

CODE = "row.charge"
_FEE = "运费|邮费|快递费|配送费|物流费|打包费|包装费|服务费|手续费"
_GAP = r"[\s\x{3000}，,、/:：\-—+]*"
_BEHIND = (
    r"(补差价?|差价|差额|补拍|补款|邮费|专用|专拍|链接|请?勿单?拍|单拍不发货|\d+(\.\d+)?元?"
    rf"|[（(【\[].{{0,20}}[）)】\]]|{_FEE}|{_GAP})*"
)
_CHARGE = (
    rf"^{_GAP}[【\[（(]?(补|加|付)?({_FEE}|差价|差额|补差|补邮|补款|补拍){_BEHIND}[】\]）)]?{_GAP}$"
    r"|(?i)^\s*(shipping|delivery|freight|postage|handling)(\s+(fee|charge|cost)s?)?\s*$"
)
_LIKELY = "费|差|补|(?i)shipping|delivery|freight|postage|handling"


class Charges:
    """Sets such lines of one file of `table`, read by `fit`, aside."""

    def __init__(self, table: Table, fit: Fit) -> None:
        by_column = [
            [h for one in fit.columns.get(name, ()) for h in one.headers]
            for name in (("sku_name", "sku_id") if table is ORDERS else ())
        ]
        self._headers = next((found for found in by_column if found), [])
        self.found: list[Malformed] = []

    def apply(self, cells: Cells) -> None:
        """Leave the lines out of `cells`, and note them in `found`."""
        is_charge = np.zeros(cells.rows, np.bool_)
        for header in self._headers:
            texts = cells.texts(header)
            if texts is None or not pc.any(pc.match_substring_regex(texts, _LIKELY)).as_py():
                continue
            is_charge |= np.asarray(pc.fill_null(pc.match_substring_regex(texts, _CHARGE), False))
        rows = np.flatnonzero(is_charge)
        if len(rows):
            numbers = cells.columns[ROW_NUMBER].take(pa.array(rows)).to_pylist()
            self.found += map(charge_row, numbers)
            cells.leave_out(rows)


def charge_row(number: int) -> Malformed:
    """The row of that number as what it is."""
    return Malformed(
        number,
        CODE,
        "a charge such as 运费 or 补差价, not goods; it is left out of sales and demand, nothing "
        "is to be done",
        "运费、补差价等费用行，不是商品，不计入销量和需求，无需处理",
    )
