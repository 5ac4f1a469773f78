"""A small change of one file, as an edit of its bytes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`path` with the bytes from `start` to `end` replaced by `text`."""

    path: str
    kind: str
    line: int
    start: int
    end: int
    old: str
    text: str

    def apply(self, content: bytes) -> bytes:
        """The changed file."""
        return content[: self.start] + self.text.encode() + content[self.end :]

    @property
    def says(self) -> str:
        """The change on one line."""
        old, new = (" ".join(part.split()) for part in (self.old, self.text))
        return f"{_short(old)} -> {_short(new) or '(nothing)'}"


def mutant(path: str, kind: str, content: bytes, start: int, end: int, text: str) -> Mutant:
    """The change of `content` between two byte offsets."""
    line = content.count(b"\n", 0, start) + 1
    return Mutant(path, kind, line, start, end, content[start:end].decode(), text)


def _short(text: str, length: int = 48) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
