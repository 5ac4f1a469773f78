"""Parameters of the layer labels: minimum evidence, and the weight of each figure for a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_contracts.codes.labels import Layer


@dataclass(frozen=True, kw_only=True)
class Trait:
    """One figure that speaks for a layer: `high` or low values do, with `weight`.

    `zh` names it in the reason; `as_percent` prints 0.23 as 23%.
    """

    column: str
    zh: str
    weight: float
    high: bool = True
    as_percent: bool = False


_QUALITY = (
    Trait(column="price_level", zh="价格档位", weight=0.5),
    Trait(column="discount_share", zh="优惠占比", weight=0.25, high=False, as_percent=True),
    Trait(column="basket_yuan", zh="客单价", weight=0.25),
)
_EFFICIENCY = (
    Trait(column="rhythm_irregularity", zh="周期波动比", weight=0.3, high=False),
    Trait(column="repeat_share", zh="复购占比", weight=0.3, as_percent=True),
    Trait(column="usual_hour_share", zh="最常下单时段占比", weight=0.2, as_percent=True),
    Trait(column="categories_90d", zh="近90天品类数", weight=0.2, high=False),
)
_PRICE = (
    Trait(column="discount_share", zh="优惠占比", weight=0.6, as_percent=True),
    Trait(column="price_level", zh="价格档位", weight=0.4, high=False),
)
_NOVELTY = (
    Trait(column="repeat_share", zh="复购占比", weight=0.3, high=False, as_percent=True),
    Trait(column="launch_share", zh="新品占比", weight=0.25, as_percent=True),
    Trait(column="categories_90d", zh="近90天品类数", weight=0.15),
    Trait(column="skus_per_order", zh="单均商品种数", weight=0.15),
    Trait(column="searches_30d", zh="近30天搜索", weight=0.15),
)


def _traits() -> dict[Layer, tuple[Trait, ...]]:
    return {
        Layer.QUALITY_SEEKING: _QUALITY,
        Layer.EFFICIENCY_FIRST: _EFFICIENCY,
        Layer.PRICE_SENSITIVE: _PRICE,
        Layer.NOVELTY_SEEKING: _NOVELTY,
    }


@dataclass(frozen=True, kw_only=True)
class LayerParams:
    """How sure a label must be, and how hard it is to move.

    `minimum_lines`: kept order lines below which nobody is labelled. `minimum_margin`: lead of the
    best score over the second. `minimum_coverage`: share of a layer's weights whose figures must be
    known before it is scored. `saturation_lines`: n lines count n ÷ (n + this) in the confidence.

    `intent_full_searches`: searches and wishes in 30 days with words of quality, price or the new
    that count in full; `intent_shift`: share of the way to 1 that they then move the layer they ask
    for and, between quality and price, of the way to 0 the other. So somebody who still buys the
    basic nappies and searches for organic ones moves before the purchases do. `hold_margin`: a
    label of an earlier day is held until another layer leads it by this (hysteresis). All are ours;
    the layers are not (data_contracts/domain.md#layers).
    """

    minimum_lines: int = 5
    minimum_margin: float = 0.05
    minimum_coverage: float = 0.4
    saturation_lines: float = 10.0
    intent_full_searches: float = 3.0
    intent_shift: float = 0.6
    hold_margin: float = 0.12
    traits: Mapping[Layer, tuple[Trait, ...]] = field(default_factory=_traits)

    def __post_init__(self) -> None:
        for name in ("minimum_margin", "minimum_coverage", "intent_shift", "hold_margin"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be 0 to 1, got {getattr(self, name)}")
        if self.minimum_lines < 1 or self.saturation_lines <= 0 or self.intent_full_searches <= 0:
            raise ValueError(
                "minimum_lines, saturation_lines and intent_full_searches must be above 0"
            )
        for layer, traits in self.traits.items():
            total = sum(trait.weight for trait in traits)
            if abs(total - 1.0) > 1e-9:
                raise ValueError(f"weights of {layer.value} add up to {total}, not to 1")
