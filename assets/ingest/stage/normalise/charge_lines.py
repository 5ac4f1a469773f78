"""Mark lines and products that are charges and not goods: 运费, 补差价, shipping fee.

They are not stocked, so they are no demand. A product file may say so (`is_goods`); otherwise the
name decides, if it says nothing else. The row is loaded with the mark `sku_name:charge`, and its
amount still counts.
"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from assets.ingest.match.match_headers import HeaderMatch
from assets.ingest.stage.normalise.cell_batch import TextBatch
from data_contracts.exports import ORDERS, PRODUCTS
from data_contracts.repairs import RepairKind
from data_contracts.table import Table

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


class ChargeLines:
    """Marks charges in one file of `table`."""

    def __init__(self, table: Table, match: HeaderMatch) -> None:
        by_column = {
            name: [h for one in match.columns.get(name, ()) for h in one.headers]
            for name in (("sku_name", "sku_id") if table in (ORDERS, PRODUCTS) else ())
        }
        self._headers = next((headers for headers in by_column.values() if headers), [])

    def apply(self, cells: TextBatch) -> None:
        """Mark the rows; no cell is changed."""
        for header in self._headers:
            texts = cells.texts(header)
            if texts is None or not pc.any(pc.match_substring_regex(texts, _LIKELY)).as_py():
                continue
            is_charge = pc.fill_null(pc.match_substring_regex(texts, _CHARGE), False)
            rows = np.flatnonzero(np.asarray(is_charge))
            if len(rows):
                cells.mark("sku_name", RepairKind.CHARGE, rows)
