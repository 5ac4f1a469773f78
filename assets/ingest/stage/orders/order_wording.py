"""Name how an amount of an order is laid out over its lines, and describe it in notes."""

from __future__ import annotations

from enum import Enum, auto

from data_contracts.messages import Bilingual


class Placement(Enum):
    """How an amount of the order is laid out under a header of its lines."""

    FIRST_LINE = auto()  # on the order's first line
    EVERY_LINE = auto()  # on every line
    WITHOUT_PRICES = auto()  # cannot be shared out without prices
    UNCLEAR = auto()  # the line's or the order's: not used
    MERGED_CELL = auto()  # in a cell merged over the order's lines
    ASSUMED_PER_LINE = auto()  # the line's or the order's: assumed to be the line's
    ORDER_TOTAL = auto()  # the order's by its header
    SOME_LINES = auto()  # on one line of some orders
    WITH_FREIGHT = auto()  # the line's own, including the order's freight


PLACEMENT_NOTES = {
    Placement.FIRST_LINE: Bilingual(
        "the whole order's, on one line of it; shared out to its lines by quantity × price",
        "整单金额，只写在一行上，按数量×单价分摊到各行",
    ),
    Placement.EVERY_LINE: Bilingual(
        "the whole order's, repeated on every line; shared out by quantity × price",
        "整单金额，在每行重复，按数量×单价分摊到各行",
    ),
    Placement.MERGED_CELL: Bilingual(
        "in one cell merged over the lines of an order; shared out by quantity × price",
        "合并单元格的整单金额，按数量×单价分摊到各行",
    ),
    Placement.SOME_LINES: Bilingual(
        "on one line of some orders more than it comes to: the whole order's there; shared out by "
        "quantity × price",
        "部分订单首行或末行的金额大于该行：视为整单金额，按数量×单价分摊到各行",
    ),
    Placement.WITH_FREIGHT: Bilingual(
        "holds the freight, as quantity × price show: the freight is taken off",
        "实付含运费（与数量×单价相符），已扣除运费",
    ),
    Placement.ORDER_TOTAL: Bilingual(
        "the whole order's; shared out to its lines by quantity × price",
        "整单金额，按数量×单价分摊到各行",
    ),
    Placement.WITHOUT_PRICES: Bilingual(
        "the whole order's; without prices it cannot be shared out, so it is used for orders of "
        "one line only and not used for the others",
        "整单金额，没有单价，不能分摊：只用于单行订单，多行订单不使用该列",
    ),
    Placement.UNCLEAR: Bilingual(
        "the same on all lines of an order, and neither quantity × price of a line nor of the "
        "order: not used. Export what was paid per line",
        "每行相同，且与数量×单价不符，无法判断，未使用该列；请按行导出实付金额",
    ),
}


IF_ORDERS = Bilingual(
    "the same on all lines of an order, and what was paid does not show whose it is: taken for "
    "each line's own. If it is the whole order's, export it per line, or what was paid per line",
    "每行相同，无法判断是整单还是单行：按每行各自计；如为整单金额，请按行导出该金额或实付金额",
)


def placement_note(under: Bilingual, how: Bilingual) -> Bilingual:
    """Join the columns of a note and its text with a colon.

    >>> placement_note(Bilingual("total → paid", "total → 实付"), IF_ORDERS).zh[:20]
    'total → 实付：每行相同，无法判断'
    """
    return Bilingual(f"{under}: {how}", f"{under.zh}：{how.zh}")
