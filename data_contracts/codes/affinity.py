"""Code lists of affinity: kinds of association, levels, segments."""

from data_contracts.codes.code_list import Code


class AssociationKind(Code):
    """Kind of association: in one order, or the second for the first time days later."""

    CO_PURCHASE = "co_purchase", "同单购买"
    SEQUENCE = "sequence", "先后购买"


class ItemLevel(Code):
    """Level of an association: SKUs or categories."""

    SKU = "sku", "商品"
    CATEGORY = "category", "品类"


class SegmentKind(Code):
    """Attribute by which users are grouped."""

    ALL = "all", "全部用户"
    LAYER = "layer", "用户分层"
    AGE_BAND = "age_band", "年龄段"
