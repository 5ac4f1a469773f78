"""Reduce a header to what its spellings have in common."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060 \t\r\n\u00a0\u3000_-"))


@lru_cache(maxsize=4096)
def normal(header: str) -> str:
    """What two spellings of a header have in common."""
    text = unicodedata.normalize("NFKC", header).casefold().translate(_UNSEEN)
    return text.replace("【", "(").replace("】", ")").replace("[", "(").replace("]", ")")
