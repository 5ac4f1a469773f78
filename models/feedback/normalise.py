"""Normalise message texts: width, case, emoji, typos, English words, repetition.

Contains the replacement of signs and typos. Not here: the meaning of words (`lexicon`). The result
is used by the classifiers and never stored.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import pandas as pd

# What a picture says, in words of the lexicon. WeChat writes some of them in brackets.
EMOJI: Final = {
    "赞": "👍 👏 💯 🏆 💪 👌 [强] [赞] [鼓掌] [OK] [good]",
    "开心": (
        "😊 😄 😁 😀 😃 😆 🥳 😋 😍 🥰 😘 🤗 ☺ ❤ 💕 💖 🎉 [愉快] [呲牙] [爱心] [色] [可爱] [开心]"
    ),
    "感谢": "🌹 🙏 💐 [玫瑰] [抱拳] [合十]",
    "生气": "😡 😤 🤬 😠 💢 👿 [发怒] [怒] [咒骂] [炸弹] [抓狂]",
    "差评": "👎 💩 [弱] [便便]",
    "失望": "😞 😔 😢 😭 😩 😫 😣 😟 💔 🥺 😥 [流泪] [大哭] [难过] [快哭了] [委屈] [心碎] [叹气]",
    "无语": "😓 🙄 😒 😑 😅 [流汗] [白眼] [冷汗] [衰]",
    "恶心": "🤮 🤢 [吐] [恶心]",
}
# The slip → what was meant. Only runs that mean nothing by themselves.
TYPOS: Final = {
    "新先": "新鲜", "心鲜": "新鲜", "新线": "新鲜", "新仙": "新鲜", "包庄": "包装", "包妆": "包装",
    "抱装": "包装", "布错": "不错", "步错": "不错", "神马": "什么", "肿么": "怎么", "木有": "没有",
    "灰常": "非常", "肥肠好": "非常好", "差坪": "差评", "差屏": "差评", "退宽": "退款",
    "退欵": "退款", "发或": "发货", "快第": "快递", "好次": "好吃", "难次": "难吃",
    "满易": "满意", "法霉": "发霉", "发梅": "发霉", "态渡": "态度", "质亮": "质量",
}  # fmt: skip
# English and net slang among the Chinese → words of the lexicon; whole words only.
ENGLISH: Final = {
    "not fresh": "不新鲜", "not good": "不好", "so so": "一般般", "soso": "一般般",
    "thank you": "谢谢", "want to buy": "想买", "nice": "不错", "good": "不错", "great": "非常好",
    "perfect": "完美", "yyds": "非常好", "delicious": "好吃", "yummy": "好吃", "love": "喜欢",
    "fresh": "新鲜", "thanks": "谢谢", "thx": "谢谢", "ok": "可以", "bad": "太差", "low": "太差",
    "terrible": "太差", "worst": "最差", "awful": "太差", "rotten": "烂了", "broken": "破了",
    "late": "迟到", "slow": "太慢", "refund": "退款", "quality": "质量", "delivery": "配送",
    "service": "服务", "price": "价格", "cheap": "便宜", "expensive": "太贵", "package": "包装",
}  # fmt: skip

_SIGN_OF: Final = {sign: word for word, signs in EMOJI.items() for sign in signs.split()}
_SIGNS: Final = re.compile(
    "(" + "|".join(re.escape(s) for s in sorted(_SIGN_OF, key=len, reverse=True)) + r")\1*"
)
_TYPOS: Final = re.compile("|".join(sorted(TYPOS, key=len, reverse=True)))
_ENGLISH: Final = re.compile(
    r"(?<![a-z])(?:" + "|".join(sorted(ENGLISH, key=len, reverse=True)) + r")(?![a-z])"
)
_VERY: Final = re.compile("狠(?=[好新甜快差慢脆棒满足热小大酸烂贵便实严方多少喜])")
_OF: Final = re.compile("(?<![水点一滴雨几汗每油])滴(?![滴水眼剂管答落灌])")
_SIGN_RUN: Final = re.compile(r"([^\w\s])\1{2,}")
_LETTER_RUN: Final = re.compile(r"([^\W\d])\1{3,}")
_UNSEEN: Final = re.compile(
    "[\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]|[\U0001f3fb-\U0001f3ff]"
)
_SPACES: Final = re.compile(r"\s+")


def normalise_text(text: str) -> str:
    """One message in one spelling: half width, lower case, signs as words, slips mended.

    Signs that say nothing known stay; a sign repeated more than twice, or a letter more than three
    times, is cut to that: the length of a shout is no new word.

    >>> normalise_text("ＮＩＣＥ！！！！！ 狠新先👍")
    '不错!! 很新鲜,赞,'
    """
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", _SIGNS.sub(_word_of, text)))
    plain = _SPACES.sub(" ", plain).strip().lower()
    plain = _LETTER_RUN.sub(r"\1\1\1", _SIGN_RUN.sub(r"\1\1", plain))
    plain = _ENGLISH.sub(lambda match: ENGLISH[match.group()], plain)
    plain = _TYPOS.sub(lambda match: TYPOS[match.group()], plain)
    return _OF.sub("的", _VERY.sub("很", plain))


def _word_of(match: re.Match[str]) -> str:
    """Return a repeated sign as a clause of its own, separate from the words next to it."""
    return f",{_SIGN_OF[match.group(1)]},"


def normalise(text: pd.Series) -> pd.Series:
    """Every text normalised; no text is empty text. Repeated texts are worked out once."""
    said = text.fillna("").astype("str")
    normalised = {one: normalise_text(one) for one in said.unique().tolist()}
    return said.map(normalised).astype("str")
