"""Messages in two languages that travel as text."""

from __future__ import annotations


class Bilingual(str):
    """A message in English that carries its Chinese translation, `zh`."""

    zh: str

    def __new__(cls, en: str, zh: str) -> Bilingual:
        text = super().__new__(cls, en)
        text.zh = zh
        return text

    def __reduce__(self) -> tuple[type[Bilingual], tuple[str, str]]:
        return Bilingual, (str(self), self.zh)


def description(zh: str, en: str) -> str:
    """Join a description in both languages, Chinese first, as every page of Dagster shows it.

    >>> description("订单", "order lines")
    '订单 · order lines'
    """
    return f"{zh} · {en}"


def in_chinese(message: str) -> str:
    """Return the Chinese of a message; the message itself where it has none.

    >>> in_chinese(Bilingual("3 rows", "3 行")), in_chinese("gzip")
    ('3 行', 'gzip')
    """
    return getattr(message, "zh", message)
