"""Describe how a file is read: the detected format, and overrides given by a user."""

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
    """Format settings given by a user; None means detect."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class SheetPart:
    """A further sheet of the same table.

    `header_row`: row of the header, 1 = first; 0: the sheet has no header and uses the columns of
    the previous sheet.
    """

    sheet: str
    header_row: int = 1


@dataclass(frozen=True)
class FileFormat:
    """How a file is read.

    `header_row`: row of the header, 1 = first. `trailing`: separators at the end of each row that
    the header does not have. `parts`: sheets read after `sheet`. `unread`: labels of sheets that
    are not read. `evidence`: short facts that the detection is based on.
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
        """List the names of the sheets that are read, in order."""
        return [self.sheet or "", *(part.sheet for part in self.parts)]

    def describe(self) -> Bilingual:
        """Describe the format in one line: `CSV, gb18030, tab, header in row 1`."""
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
