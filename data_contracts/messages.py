"""Messages in two languages that travel as text."""

from __future__ import annotations


class Said(str):
    """A message in English that carries its Chinese (`zh`), for whoever shows it."""

    zh: str

    def __new__(cls, en: str, zh: str) -> Said:
        said = super().__new__(cls, en)
        said.zh = zh
        return said

    def __reduce__(self) -> tuple[type[Said], tuple[str, str]]:
        return Said, (str(self), self.zh)


def in_chinese(message: str) -> str:
    """Return the Chinese of a message; the message itself where it has none.

    >>> in_chinese(Said("3 rows", "3 行")), in_chinese("gzip")
    ('3 行', 'gzip')
    """
    return getattr(message, "zh", message)
