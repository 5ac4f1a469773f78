"""Code lists of labels: the four layers and the three-layer view."""

from data_contracts.codes.code_list import Code


class Layer(Code):
    """Four layers, mixed and unknown: data_contracts/domain.md#layers."""

    QUALITY_SEEKING = "quality_seeking", "品质追求型"
    EFFICIENCY_FIRST = "efficiency_first", "效率优先型"
    PRICE_SENSITIVE = "price_sensitive", "价格敏感型"
    NOVELTY_SEEKING = "novelty_seeking", "尝鲜探索型"
    MIXED = "mixed", "混合型"
    UNKNOWN = "unknown", "未知"


class ThreeLayer(Code):
    """The three-layer view, a mapping of `Layer`: data_contracts/domain.md#layers."""

    QUALITY = "quality", "品质导向型"
    EXPERIENCE = "experience", "体验优先型"
    PRICE = "price", "性价比导向型"
    MIXED = "mixed", "混合型"
    UNKNOWN = "unknown", "未知"
