"""Find the header row and clean the column names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from assets.resources.readers import limits
from data_contracts.errors import ExportError

_TITLE_ROWS = 10  # the header is among the first rows; titles and notes above it are skipped
_GUARD = re.compile(r'^="(.*)"$', re.DOTALL)  # as some systems wrap every cell against Excel
# Stripped from the ends of a header: byte order mark, zero-width characters, all spaces.
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00a0\u3000 \t\r\n"


def find_header_row(rows: Sequence[Sequence[str]]) -> int:
    """Find the header row (1 = first): the first of the leading rows that is about as wide as the
    widest.

    The width of a row is its number of non-empty cells; titles and notes above a header fill one or
    two.
    """
    widths = [filled_cells(row) for row in rows[:_TITLE_ROWS]]
    if not widths or (widths[0] >= 2 and widths[0] >= 0.6 * max(widths)):
        return 1
    for place, width in enumerate(widths):
        if width >= 2 and width >= 0.8 * max(widths):
            return place + 1
    return 1


def filled_cells(row: Sequence[str]) -> int:
    """Count the non-empty cells of a row."""
    return sum(1 for cell in row if cell.strip())


def clean_header(cells: Sequence[str | None], name: str) -> list[str]:
    """Strip invisible characters from header cells; name empty ones by their position.

    Raises ExportError for a header that is repeated or too long, and for too many columns.
    """
    if len(cells) > limits.MAX_COLUMNS:
        raise ExportError(
            f"{name}: {len(cells):,} columns, more than {limits.MAX_COLUMNS:,}; "
            "check the separator, or export fewer columns",
            f"{name}：有 {len(cells):,} 列，超过 {limits.MAX_COLUMNS:,} 列；请检查分"
            "隔符，或减少导出的列",
        )
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        text = " ".join(_GUARD.sub(r"\1", (cell or "").strip(_INVISIBLE)).split())
        if len(text) > limits.MAX_HEADER_CHARACTERS or "\0" in text:
            raise ExportError(
                f"{name}: column {place} has no usable header; does the file have a header row?",
                f"{name}：第 {place} 列没有可用的表头；文件有表头行吗？",
            )
        names.append(text)
    if not any(names):
        raise ExportError(
            f"{name}: it has no header row; export it again, or state header_row in "
            "platform.toml [[files]]",
            f"{name}：没有表头行；请重新导出，或在 platform.toml 的 [[files]] 中用 header_row 指明",
        )
    names = [text or f"column_{place}" for place, text in enumerate(names, start=1)]
    twice = next((text for text, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise ExportError(
            f"{name}: the header {twice!r} occurs twice; remove or rename one of them",
            f"{name}：表头 {twice!r} 重复出现；请删除或改名其中一列",
        )
    return names
