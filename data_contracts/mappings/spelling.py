"""Normalise the spelling of headers and answers."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\u00a0\u3000_-"))

# Traditional characters in headers and answers, and their simplified forms.
_SIMPLIFIED = str.maketrans(
    "註銷時間戶號標誌識記狀態刪帳會員顧絕營訂單閱權擾騷聯繫絡關閉開訊電話碼廣請願"
    "許準發實終無沒對郵傳簡來撥讓與籤還備錄類級況訴組說結饋覆復產遞貨門區階層勸罵費",
    "注销时间户号标志识记状态删账会员顾绝营订单阅权扰骚联系络关闭开讯电话码广请愿"
    "许准发实终无没对邮传简来拨让与签还备录类级况诉组说结馈复复产递货门区阶层劝骂费",
)


@lru_cache(maxsize=4096)
def normal(header: str) -> str:
    """Normalise a header: case, width, invisible characters, kind of brackets."""
    text = unicodedata.normalize("NFKC", header).casefold().translate(_UNSEEN)
    return text.replace("【", "(").replace("】", ")").replace("[", "(").replace("]", ")")


def simplified(text: str) -> str:
    """Convert traditional characters of a header or an answer to simplified ones.

    >>> simplified("註銷時間")
    '注销时间'
    """
    return text.translate(_SIMPLIFIED)
