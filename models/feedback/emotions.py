"""Detect anger, disappointment, delight and belonging (speaking of the community as one's own).

Contains words and signs of emotions, on texts normalised by `normalise`. Not here: what a message
is about (`aspects`). Only text is used, never voice or face
(data_contracts/domain.md#feelings-from-text). Polarity comes from stars and the trained model; a
word of anger in a positive message ("没有生气，很好") does not count.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from data_contracts.codes.feedback import Emotion
from models.feedback.lexicon import count_words
from models.feedback.lexicon_data import terms
from models.params.feedback import SentimentParams

ANGER: Final = terms(
    "生气 气死 气人 气愤 愤怒 火大 忍无可忍 太过分 过分 骗子 骗人 欺骗 坑人 垃圾 恶心 投诉 举报 "
    "曝光 "
    "给个说法 没个说法 12315 工商 无良 黑心 无耻 滚 呵呵 凭什么 你们不检查 有什么用 差评 态度恶劣 "
    "踢皮球 半天不理"
)
DISAPPOINTMENT: Final = terms(
    "失望 后悔 可惜 遗憾 再也不 不会再 不敢再 寒心 心凉 伤心 郁闷 无语 希望改进 不如以前 不如上次 "
    "以前都挺好 没想到 白等 上当 亏了 太让人 越来越差 一次比一次 期待落空"
)
DELIGHT: Final = terms(
    "惊喜 太好了 好极了 太棒 真棒 非常好 特别好 完美 超值 太香了 真香 赞 开心 喜欢 感谢 点赞 给力 "
    "爱了 五星 好评 回购 推荐 下次还 超级好 没话说 物美价廉"
)
BELONGING: Final = terms(
    "我们小区 咱们小区 我们群 咱们群 我们团长 咱们团长 我家团长 邻居们 邻居推荐 街坊 邻里 大家庭 "
    "一家人 像家人 老邻居 推荐给邻居 推荐给朋友 推荐给同事 介绍给 带邻居 群里姐妹 咱们团 我们团 "
    "各位邻居 谢谢团长 感谢团长 团长辛苦 辛苦团长 支持团长"
)
_SHOUT: Final = "!!"


def emotion(
    text: pd.Series, polarity: pd.Series, params: SentimentParams | None = None
) -> pd.Series:
    """Code of the emotion of each normalised text; missing: none that words show.

    A bad message with as many words of anger as of disappointment is angry; a shout (two marks of
    exclamation) is a word of anger there, and of delight in a good message that holds another.
    """
    params = params or SentimentParams()
    side = polarity.astype("float64").to_numpy()
    shouts = text.str.contains(_SHOUT, regex=False).to_numpy(dtype=float)
    anger, disappointment, delight = (
        _said(text, listed) for listed in (ANGER, DISAPPOINTMENT, DELIGHT)
    )
    bad, good = side <= -params.sure_polarity, side >= params.sure_polarity
    anger = anger + shouts
    emotions = np.full(len(text), None, dtype=object)
    emotions[bad & (anger > 0) & (anger >= disappointment)] = Emotion.ANGER.value
    emotions[bad & (disappointment > anger)] = Emotion.DISAPPOINTMENT.value
    emotions[good & (delight > 0)] = Emotion.DELIGHT.value
    return pd.Series(emotions, index=text.index, name="emotion")


def is_belonging(text: pd.Series) -> pd.Series:
    """Whether each normalised text speaks of group, leader or neighbours as one's own."""
    return pd.Series(_said(text, BELONGING) > 0, index=text.index, name="is_belonging")


def _said(text: pd.Series, listed: tuple[str, ...]) -> np.ndarray:
    """Times a word of the list is said and not negated."""
    said, negated = count_words(text, listed)
    return said - negated
