"""Find unused headers that may change what was sold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data_contracts.exports import ORDERS
from data_contracts.table import Table

# the outcome of an order or line, or the kind of row
_STATES = re.compile(
    r"状态|是否|取消|关闭|作废|退|售后|冲销|红冲|红字|拒收|单据类型|业务类型|行类型|记录类型"
    r"|status|state$|cancel|refund|return|void|is_?(paid|valid|deleted)|deleted",
    re.IGNORECASE,
)
# headers with such a word that do not describe the outcome
_NOT_STATES = re.compile(r"原因|说明|备注|地址|物流公司|单号|时间|开票|发票|reason|note|comment")


def may_change_sales(header: str, table: Table) -> bool:
    """Decide whether an unused header may say that a row was not sold."""
    return (
        table is ORDERS
        and _STATES.search(header) is not None
        and _NOT_STATES.search(header) is None
    )


def risky_first(headers: Iterable[str], table: Table) -> tuple[str, ...]:
    """Sort headers: first those that may say that a row was not sold."""
    return tuple(sorted(headers, key=lambda header: not may_change_sales(header, table)))
