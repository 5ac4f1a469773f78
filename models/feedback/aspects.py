"""Aspect polarity of a message, clause by clause: seven aspects, each with its own polarity.

Contains clauses, the words of each aspect and the main aspect. Not here: whether a message
complains (`complaints`). "特别新鲜，就是送得慢" praises freshness and criticises delivery: the
polarity of an aspect is the mean of the clauses about it, independent of the message as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import Aspect
from models.feedback.lexicon import any_of, count_words, without_no_opinion, word_polarity
from models.feedback.lexicon_data import terms

_FIRST: Final = 1e-6  # what a later clause loses: decides between equals only
_ASKS: Final = "(?:吗|么|嘛)$"  # a clause that asks says nothing
# Where a clause ends: signs, and words that turn from one side to the other.
_ENDS: Final = "[,。!?;:、~\\n…. ]|但是|可是|不过|就是|结果|只是|然而"


@dataclass(frozen=True)
class AspectWords:
    """`topic` names the aspect without judging it; `good` and `bad` name and judge it at once."""

    topic: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]


WORDS: Final[dict[Aspect, AspectWords]] = {
    Aspect.FRESHNESS: AspectWords(
        terms("新鲜度 新鲜 口感 味道 保鲜 生产日期 日期 水分 成熟 熟度 甜度 鲜度 果肉 肉质"),
        terms(
            "新鲜 好吃 很甜 好甜 又甜 香甜 脆甜 鲜嫩 水灵 刚到的 刚摘 水分足 多汁 美味 爱吃 很正"
        ),
        terms(
            "烂 坏了 坏的 坏果 坏掉 发霉 霉了 长毛 变质 变味 馊 臭 异味 怪味 酸了 蔫 枯 过期 "
            "发黑 变色 "
            "颜色都变 有虫 生虫 虫子 难吃 不熟 没味道 没有味道 无味 不敢吃 不能吃了 都不能吃 "
            "根本不能吃 完全不能吃 吃了肚子 拉肚子"
        ),
    ),
    Aspect.PACKAGING: AspectWords(
        terms("包装 盒子 袋子 箱子 泡沫箱 纸箱 冰袋 外箱 瓶盖 封口 密封 分装 包得"),
        terms("包得 严实 完好 没有磕碰 干干净净 密封好"),
        terms(
            "破了 破损 破的 压扁 压坏 漏了 漏液 漏一地 洒了 洒 撒出 裂开 碎了 都碎 化了 挤压 "
            "磕坏"
        ),
    ),
    Aspect.DELIVERY: AspectWords(
        terms("送得 送货 送到 到货 配送 物流 快递 提货 司机 运输 送达 发货 取货"),
        terms(
            "送得快 送货快 第二天就到 当天到 次日达 准时 及时 今天就能取 中午就到 提货很方便 "
            "神速"
        ),
        terms(
            "迟到 晚到 还没到 怎么没到 没到货 没收到 都没到 太慢 很慢 超时 延误 等了 等到 一直没 "
            "丢件 丢了 "
            "晚了 没消息 查不到 到哪了 一次比一次慢 什么时候能提"
        ),
    ),
    Aspect.SERVICE: AspectWords(
        terms("团长 客服 服务 态度 售后 老板 处理 回复 退换"),
        terms("热情 耐心 态度好 回复快 给处理 帮我留 留到 贴心 负责 周到"),
        terms(
            "不理 没人处理 踢皮球 没回复 态度差 态度恶劣 态度很差 敷衍 推脱 没个说法 推诿 发错 "
            "送错 错发 "
            "拿错 别的东西 拿到的不是 没人管"
        ),
    ),
    Aspect.PRICE: AspectWords(
        terms("价格 价钱 性价比 活动价 团购价 价位 单价 超市 差价"),
        terms("实惠 便宜 划算 性价比高 超值 价太香 物美价廉 白菜价 活动价"),
        terms("贵 虚高 就降价 涨价 不划算 不值 先涨后降"),
    ),
    Aspect.WEIGHT: AspectWords(
        terms("分量 份量 斤两 重量 个头 数量 称了 克重 净重"),
        terms("分量足 份量足 量足 量很足 只多不少 够吃 一大袋 个头大 斤两实在 足斤"),
        terms(
            "少发 漏发 缺斤 短斤 不够 少给 少了 缩水 数量不对 不足 太少 太小 很小 少一 没拿到 "
            "只有八两 "
            "八两 缺货 量少"
        ),
    ),
    Aspect.AS_DESCRIBED: AspectWords(
        terms("质量 品质 图片 描述 做工 材质 实物 品相 说明书 正品 用着"),
        terms("正品 一致 一样 质量好 质量挺好 质量不错 很实在 想象中好 品质一直 一直用 很可以"),
        terms(
            "差太多 不符 不一样 不一致 假货 假的 次品 粗糙 色差 山寨 就坏 不对劲 不敢用 掉色 "
            "起球 劣质 "
            "质量差 质量太差 图文不符"
        ),
    ),
}  # fmt: skip


def clauses(text: pd.Series) -> pd.Series:
    """Split normalised texts into clauses, under the index of their message; questions are dropped.

    >>> clauses(pd.Series(["很新鲜,就是送得慢"], index=[7])).tolist()
    ['很新鲜', '送得慢']
    """
    split = text.str.split(_ENDS, regex=True).explode().fillna("").astype("str")
    said = (split.str.strip().str.len() > 0) & ~split.str.contains(_ASKS, regex=True)
    return split[said]


@dataclass(frozen=True)
class Aspects:
    """Per message (rows) and aspect (columns): `polarity` −1 to 1, missing where unnamed or not
    judged; `place`, the number of the first clause that judges it."""

    polarity: pd.DataFrame
    place: pd.DataFrame


def aspect_polarity(text: pd.Series) -> Aspects:
    """Score the aspects of normalised texts.

    A clause about an aspect takes the polarity of the aspect's own words; where it only names the
    aspect, that of its other words; a clause that names it without an opinion is ignored.
    """
    clause = without_no_opinion(clauses(text))
    otherwise = word_polarity(clause).to_numpy()
    number = clause.groupby(level=0).cumcount().astype("float64")
    polarity, place = pd.DataFrame(index=text.index), pd.DataFrame(index=text.index)
    for aspect, listed in WORDS.items():
        value = _of_clauses(clause, listed, otherwise)
        for frame, by_message in (
            (polarity, value.groupby(level=0).mean()),
            (place, number.where(value.notna()).groupby(level=0).min()),
        ):
            frame[aspect.value] = by_message.reindex(text.index).astype("float64")
    return Aspects(polarity, place)


def with_faults(aspects: Aspects, faults: pd.DataFrame) -> Aspects:
    """Lower the polarity of aspects with a described fault: to −1 where nothing else is said."""
    polarity, place = aspects.polarity.copy(), aspects.place.copy()
    for aspect in Aspect:
        name = aspect.value
        has_fault = (faults["aspect"] == name).to_numpy(dtype=bool)
        both = (polarity[name].fillna(-1.0) - 1.0) / 2
        polarity[name] = polarity[name].mask(has_fault, both)
        place[name] = place[name].mask(has_fault & place[name].isna(), 0.0)
    return Aspects(polarity, place)


def _of_clauses(clause: pd.Series, listed: AspectWords, otherwise: np.ndarray) -> pd.Series:
    good, good_negated = count_words(clause, listed.good)
    bad, bad_negated = count_words(clause, listed.bad)
    plus, minus = good - good_negated + bad_negated, bad - bad_negated + good_negated
    named = clause.str.contains(any_of(listed.topic), regex=True).to_numpy(dtype=bool)
    own = plus + minus
    value = np.where(named, otherwise, np.nan)
    judged = np.divide(plus - minus, own, out=np.zeros(len(clause)), where=own > 0)
    return pd.Series(np.where(own > 0, judged, value), index=clause.index)


def main_aspect(aspects: Aspects, polarity: pd.Series) -> pd.Series:
    """Return the code of each message's main aspect; missing where no aspect has a polarity.

    It is the strongest aspect on the side of the message's polarity; ties: the first mentioned,
    then the contract's order. "价格便宜，但是烂了" with a polarity below 0 is about freshness.
    """
    values = aspects.polarity.to_numpy(dtype=float)
    places = np.nan_to_num(aspects.place.to_numpy(dtype=float))
    side = np.sign(polarity.astype("float64").fillna(0).to_numpy())[:, None]
    agreeing = np.where(side == 0, np.abs(values), values * side)
    has_polarity = ~np.isnan(values)
    score = np.where(has_polarity, agreeing - _FIRST * places, -np.inf)
    main = pd.Series(None, index=polarity.index, dtype="object", name="main_aspect")
    for number, name in enumerate(aspects.polarity.columns):
        best = has_polarity.any(axis=1) & (score.argmax(axis=1) == number)
        main[best] = name
    return main
