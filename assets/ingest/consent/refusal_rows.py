"""Read single rows of a suppression list: phones that kept their digits, and whether the row is
still in force (是否生效 否, 状态 已解除)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data_contracts.mappings.spelling import normal

_SCIENTIFIC = re.compile(r"(?<![\d.])\+?(\d(?:\.\d*)?)[eE]\+?0*(\d{1,2})(?!\d)")
_IN_FORCE = re.compile("(是否)?(仍|还|已)?(生效|有效)(状态|标志|标识|标记|中)?")
_NOT_IN_FORCE = re.compile("否|0(\\.0+)?|n|no|f|false|×|(已|未|不|已经)?(失效|无效|生效|有效|作废)")
_YES = re.compile("(已|已经)?(生效|有效)")
_LIFTED = re.compile(
    "(现|后|又|已|已经|现已|均已|都已)*(解除|移除|移出|失效|作废|误操作|误标|误加|解封|解禁)了?"
)


def drop_rounded_numbers(cell: str) -> str:
    """Remove numbers in scientific notation that show fewer digits than they have.

    Half a phone number may be another person's. The cell is half-width.

    >>> drop_rounded_numbers("1.38E+10"), drop_rounded_numbers("1.3800001111E10")
    ('', '1.3800001111E10')
    """

    def whole(said: re.Match[str]) -> str:
        shown = len(said[1].replace(".", ""))
        return said[0] if shown > int(said[2]) else ""

    return _SCIENTIFIC.sub(whole, cell)


def asks_in_force(header: str) -> bool:
    """Return whether a header asks if its row is in force: 是否生效."""
    return _IN_FORCE.fullmatch(normal(header).replace("?", "")) is not None


def is_lifted(in_force: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether cells under such headers (`in_force`), or any words, say the row is no longer
    in force.

    >>> is_lifted(["否"], []), is_lifted([], ["已解除"]), is_lifted(["是"], ["未解除"])
    (True, True, False)
    """
    answers = [re.sub(r"[\s。!]", "", cell.casefold()) for cell in in_force]
    if any(_NOT_IN_FORCE.fullmatch(one) and not _YES.fullmatch(one) for one in answers):
        return True
    return any(_LIFTED.fullmatch(re.sub(r"[\s。!]", "", word.casefold())) for word in words)
