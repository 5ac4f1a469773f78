"""Word why a whole file is rejected for its bad rows, in English and Chinese."""

from __future__ import annotations


def mostly_bad_message(name: str, worst: str, bad_rows: int, good_rows: int) -> tuple[str, str]:
    """Return the message for a file that is rejected before its bad rows are examined one by one.

    `worst`: the reason code of most of them.
    """
    rows = bad_rows + good_rows
    return (
        f"{name}: {bad_rows:,} of {rows:,} rows are bad, mostly {worst}; the file is refused "
        "whole. Mend it at the source, or state its preset in platform.toml [[files]]",
        f"{name}：{rows:,} 行中有 {bad_rows:,} 行有问题，主要是 {worst}；整个文件未导入。"
        "请在源头改正，或在 platform.toml 的 [[files]] 中指明导出模板",
    )
