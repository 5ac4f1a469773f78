"""Code lists of products: fulfilment, unit of sale, storage."""

from data_contracts.codes.code_list import Code


class FulfilmentMode(Code):
    """How a SKU is fulfilled, which decides what "restock" means for it."""

    PRESALE = "presale", "预售"
    PRESTOCK = "prestock", "备货"
    INSTANT = "instant", "即时配送"


class SaleUnit(Code):
    PIECE = "piece", "件"
    KILOGRAM = "kg", "公斤"


class Storage(Code):
    AMBIENT = "ambient", "常温"
    CHILLED = "chilled", "冷藏"
    FROZEN = "frozen", "冷冻"
