"""Word the message that no row of a file can be loaded, for the run card and `linli check`."""

from __future__ import annotations


def nothing_loaded(rows: int, most: int, code: str, reason_zh: str) -> tuple[str, str]:
    """Write the message in English and Chinese: `rows` are bad, `most` of them for one reason.

    >>> nothing_loaded(3, 2, "quantity_units.type", "数量不是数字")[0]
    'no row can be loaded; 2 of 3 for quantity_units.type'
    """
    return (
        f"no row can be loaded; {most:,} of {rows:,} for {code}",
        f"没有一行可以导入；{rows:,} 行中有 {most:,} 行是因为：{reason_zh}",
    )
