"""Numbers and words of the profile.

Belongs here: what counts as rain, as interest, as planned, as food; the words of searches. Does
not: the windows of the profile's columns (30, 90, 180, 365 days), which are part of the
meaning of those columns and are in the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


def _intent_words() -> dict[str, tuple[str, ...]]:
    return {
        "quality": _words(
            "有机 进口 优品 高端 精品 特级 优选 臻选 无添加 原生态 品质 organic premium"
        ),
        "price": _words("便宜 特价 实惠 打折 折扣 清仓 秒杀 优惠 低价 划算 平价 sale"),
        "novelty": _words("新品 新款 新口味 上新 网红 尝鲜 首发 限定 new"),
    }


def _food_words() -> dict[str, tuple[str, ...]]:
    return {
        "cooking": _words("菜 肉 禽 蛋 水产 海鲜 鱼 虾 豆制品 粮油 米面 调味 菌菇"),
        "ready": _words("速食 快餐 便当 熟食 方便 面包 烘焙 糕点 饮料 咖啡 酸奶 乳 沙拉 零食"),
        "other": _words("水果 坚果 茶 酒"),
    }


@dataclass(frozen=True, kw_only=True)
class ProfileParams:
    """What counts as what in the profile; our own numbers where no source is named.

    `rainy_from_mm`: data_contracts/domain.md#rain-day. `latent_*`:
    data_contracts/domain.md#latent-interest. `planned_from_seconds`: looked at a day or more
    before; `urgent_below_seconds`: within half an hour. `lunch_most_lines`: lunch for one
    or two, not the week's shopping.
    `affinity_prior_lines`, `response_prior_orders`: as many lines or orders of the usual mix are
    added, so that few of them draw a ratio to 1 (shrinkage by a gamma prior of mean 1).
    `intent_words`: words in a search; `food_words`: words in a category's name, the first kind that
    fits counts.
    """

    rainy_from_mm: float = 1.0
    latent_dwell_seconds: float = 120.0
    latent_detail_views: int = 3
    launch_days: int = 30
    planned_from_seconds: int = 86_400
    urgent_below_seconds: int = 1_800
    lunch_most_lines: int = 2
    affinity_prior_lines: float = 10.0
    response_prior_orders: float = 3.0
    intent_words: Mapping[str, tuple[str, ...]] = field(default_factory=_intent_words)
    food_words: Mapping[str, tuple[str, ...]] = field(default_factory=_food_words)

    def food_kind(self, category: str) -> str | None:
        """`cooking`, `ready` or `other` by the words in a category's name; None: no food we know.

        >>> ProfileParams().food_kind("蔬菜"), ProfileParams().food_kind("文具")
        ('cooking', None)
        """
        for kind, words in self.food_words.items():
            if any(word in category for word in words):
                return kind
        return None
