"""`platform.toml`: the few facts about a platform that stand beside its exports.

    id = "sample"           # data of one platform; another id never mixes with it
    name = "Sample platform"
    cutoff = "23:00"        # orders from this minute on belong to the next business day
    currency = "CNY"        # amounts are counted as yuan, never converted
    notes = ["amounts are GBP, taken as they are"]

Every key is optional; an unknown key is refused.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

_CUTOFF = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True)
class Platform:
    """`cutoff_minutes`: minutes after midnight, 1 to 1440; 1440 means the calendar day."""

    id: str = ""
    name: str = "unnamed platform"
    cutoff: str = "24:00"
    currency: str = "CNY"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        match = _CUTOFF.fullmatch(self.cutoff)
        if match is None or not 0 < self.cutoff_minutes <= 1440:
            raise ValueError(
                f'cutoff = "{self.cutoff}" is not a time of day from 00:01 to 24:00; '
                'write it like "23:00", or "24:00" for the calendar day'
            )

    @property
    def cutoff_minutes(self) -> int:
        hours, minutes = self.cutoff.split(":")
        return int(hours) * 60 + int(minutes)

    @classmethod
    def from_toml(cls, content: str) -> Platform:
        """Parse `platform.toml`; raises ValueError naming the key that is wrong."""
        try:
            raw = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"platform.toml is not valid TOML: {error}") from error
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(raw) - known)
        if unknown:
            raise ValueError(
                f"platform.toml: unknown key {unknown[0]!r}; known keys: {', '.join(sorted(known))}"
            )
        for key in ("id", "name", "cutoff", "currency"):
            if key in raw and not isinstance(raw[key], str):
                raise ValueError(f"platform.toml: {key} must be text in quotes")
        notes = raw.pop("notes", [])
        if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
            raise ValueError("platform.toml: notes must be a list of texts")
        return cls(**raw, notes=tuple(notes))

    def to_toml(self) -> str:
        """The file's text; `from_toml(to_toml())` gives the same platform."""
        quote = lambda value: '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'  # noqa: E731
        notes = ", ".join(quote(note) for note in self.notes)
        return (
            f"id = {quote(self.id)}\nname = {quote(self.name)}\ncutoff = {quote(self.cutoff)}\n"
            f"currency = {quote(self.currency)}\nnotes = [{notes}]\n"
        )
