"""How a file is read: what was found out about it, or stated by a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data_contracts.messages import Bilingual, in_chinese

SEPARATORS = {
    ",": Bilingual("comma", "逗号"),
    "\t": Bilingual("tab", "制表符"),
    ";": Bilingual("semicolon", "分号"),
    "|": Bilingual("bar", "竖线"),
}


class Container(StrEnum):
    CSV = "CSV"
    XLSX = "XLSX"
    JSON_LINES = "JSON lines"
    PARQUET = "Parquet"


@dataclass(frozen=True)
class FormatOverride:
    """What a person states; None: to be found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class SheetPart:
    """A further sheet of the same table. `header_row`: the row its header stands on, 1 = first; 0:
    it has none, its columns are those of the sheet before it."""

    sheet: str
    header_row: int = 1


@dataclass(frozen=True)
class FileFormat:
    """How a file is read. `header_row`: the row the header stands on, 1 = first.

    `trailing`: separators at the end of each row beyond those of the header.
    `parts`: sheets read after `sheet`; `unread`: sheets nothing is read from, in words.
    `evidence`: short facts the finding rests on.
    """

    container: Container
    gzipped: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    trailing: int = 0
    parts: tuple[SheetPart, ...] = ()
    unread: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets that are read, in their order."""
        return [self.sheet or "", *(part.sheet for part in self.parts)]

    def describe(self) -> Bilingual:
        """One line: `CSV, gb18030, tab, header in row 1`."""
        parts: list[str] = [self.container.value]
        if self.gzipped:
            parts.append("gzip")
        if self.encoding:
            parts.append(self.encoding)
        if self.delimiter:
            parts.append(SEPARATORS.get(self.delimiter, repr(self.delimiter)))
        if self.sheet:
            named = " + ".join(self.sheets)
            parts.append(Bilingual(f"sheet {named}", f"工作表 {named}"))
        if self.header_row != 1:
            row = self.header_row
            parts.append(Bilingual(f"header in row {row}", f"表头在第 {row} 行"))
        return Bilingual(", ".join(parts), "，".join(map(in_chinese, parts)))
