"""Say of a file that no row of it can be loaded: the same words on the run card and in `check`."""

from __future__ import annotations


def nothing_loaded(rows: int, most: int, code: str, reason_zh: str) -> tuple[str, str]:
    """`rows` are bad, `most` of them for one reason; in English and Chinese.

    >>> nothing_loaded(3, 2, "quantity_units.type", "数量不是数字")[0]
    'no row can be loaded; 2 of 3 for quantity_units.type'
    """
    return (
        f"no row can be loaded; {most:,} of {rows:,} for {code}",
        f"没有一行可以导入；{rows:,} 行中有 {most:,} 行是因为：{reason_zh}",
    )
